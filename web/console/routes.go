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
		{"POST /console/sign-in", anyone, s.signIn},
		{"GET /console/sign-in/code", anyone, s.codePage},
		{"POST /console/sign-in/code", anyone, s.passCode},
		{"GET /console/sign-in/set-up", anyone, s.setUpPage},
		{"GET /console/sign-in/set-up.png", anyone, s.setUpPicture},
		{"POST /console/sign-in/set-up", anyone, s.setUp},
		{"GET /console/sign-in/password", anyone, s.renewPage},
		{"POST /console/sign-in/password", anyone, s.renewPassword},
		{"GET /console/sign-in/oidc", anyone, s.toProvider},
		{"GET /console/sign-in/oidc/back", anyone, s.fromProvider},
		{"POST /console/sign-in/sample", anyone, s.signInAsSample},
		{"POST /console/sign-out", ward.OwnAccount, s.signOut},
		{"GET /console/me", ward.OwnAccount, s.me},
		{"POST /console/me/password", ward.OwnAccount, s.changePassword},
		{"POST /console/me/factor", ward.OwnAccount, s.startFactor},
		{"GET /console/me/factor", ward.OwnAccount, s.factorPage},
		{"GET /console/me/factor.png", ward.OwnAccount, s.factorPicture},
		{"POST /console/me/factor/confirm", ward.OwnAccount, s.confirmFactor},
		{"POST /console/me/sessions/{id}/end", ward.OwnAccount, s.endSession},
		{"POST /console/me/sign-out-everywhere", ward.OwnAccount, s.signOutEverywhere},
		{"GET /console/staff", ward.SeeStaff, s.staffPage},
		{"POST /console/staff", ward.AppointOperator, s.appoint},
		{"GET /console/staff/{id}", ward.SeeStaff, s.personPage},
		{"POST /console/staff/{id}", ward.AppointOperator, s.changePerson},
		{"POST /console/staff/{id}/dismiss", ward.AppointOperator, s.dismissPerson},
		{"POST /console/staff/{id}/password", ward.AppointAnyone, s.resetPassword},
		{"POST /console/staff/{id}/factor-reset", ward.AppointAnyone, s.resetFactor},
		{"POST /console/staff/{id}/sign-out", ward.AppointAnyone, s.signOutPerson},
		{"GET /console/audit", ward.SeeAudit, s.auditPage},
		{"GET /console/audit/export", ward.SeeAudit, s.auditExport},
		{"POST /console/audit/verify", ward.SeeAudit, s.auditVerify},

		// what was not answered, and what is done about it
		{"GET /console/unanswered", ward.SeeQuestions, s.unansweredPage},
		{"GET /console/unanswered/{id}", ward.SeeQuestions, s.groupPage},
		{"GET /console/fixes", ward.SeeAnswers, s.fixesPage},
		{"GET /console/fixes/new", ward.PrepareAnswers, s.newFixPage},
		{"POST /console/fixes/edit", ward.PrepareAnswers, s.redraw},
		{"POST /console/fixes/try", ward.PrepareAnswers, s.tryFix},
		{"POST /console/fixes", ward.PrepareAnswers, s.keepFix},
		{"POST /console/fixes/publish", ward.PublishAnswers, s.keepAndPublish},
		{"GET /console/fixes/{id}", ward.SeeAnswers, s.fixPage},
		{"GET /console/fixes/{id}/edit", ward.PrepareAnswers, s.editFixPage},
		{"POST /console/fixes/{id}/publish", ward.PublishAnswers, s.publishFix},
		{"POST /console/fixes/{id}/withdraw", ward.PublishAnswers, s.withdrawFix},
		{"GET /console/try", ward.TryAnswers, s.tryPage},
		{"POST /console/try", ward.TryAnswers, s.try},
		{"GET /console/stops", ward.SeeAnswers, s.stopsPage},
		{"POST /console/stops", ward.StopAnswers, s.stopNow},
		{"POST /console/stops/look", ward.StopAnswers, s.lookAtStop},
		{"POST /console/stops/{id}/lift", ward.LiftStops, s.liftStop},

		// changes, the index
		{"GET /console/changes", ward.SeeAnswers, s.changesPage},
		{"POST /console/changes/seen", ward.PublishAnswers, s.seeSource},
		{"GET /console/changes/unowned", ward.SeeAnswers, s.unownedPage},
		{"GET /console/index", ward.SeeAnswers, s.indexPage},
		{"GET /console/index/progress", ward.SeeAnswers, s.indexProgress},
		{"POST /console/index/start", ward.RunIndex, s.startIndex},
		{"POST /console/index/use", ward.ChooseIndex, s.useIndex},
		{"GET /console/settings", ward.ChangeSettings, s.settingsPage},
		{"POST /console/settings/schedule", ward.ChangeSettings, s.saveSchedule},
		{"POST /console/settings/digest", ward.ChangeSettings, s.savePlan},
		{"POST /console/settings/address", ward.ChangeSettings, s.saveAddress},

		// figures
		{"GET /console/figures", ward.SeeAnswers, s.figuresPage},
		{"GET /console/figures/{file}", ward.SeeAnswers, s.figureFile},
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
