package console

import (
	"net/http"

	"madoguchi/ward"
)

// anyone is for the few paths that nobody needs to have signed in for.
const anyone ward.Action = ""

// route is one path, what it takes to be let in, and who answers.
type route struct {
	pattern string
	action  ward.Action
	handle  handler
}

// routes are all paths of the console.
func (s *site) routes() []route {
	return []route{
		{"GET /console/{$}", ward.OwnAccount, s.home},
		{"GET /console/asset/{name}", anyone, s.asset},

		// people, sign-in, audit
		{"GET /console/sign-in", anyone, s.signInPage},
		{"GET /console/audit", ward.SeeAudit, s.auditPage},
		{"GET /console/audit/export", ward.SeeAudit, s.auditExport},
		{"POST /console/audit/verify", ward.SeeAudit, s.auditVerify},

		// what was not answered, and what is done about it

		// changes, the index

		// figures
	}
}

func (s *site) handler() http.Handler {
	mux := http.NewServeMux()
	for _, r := range s.routes() {
		mux.Handle(r.pattern, s.wrap(r))
	}
	mux.Handle("/console/", s.wrap(route{"/console/", anyone, s.nowhere}))
	return s.protect(mux)
}
