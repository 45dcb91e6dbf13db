package web

import "net/http"

// routes are all paths there are.
func (s *site) routes() *http.ServeMux {
	mux := http.NewServeMux()
	api := func(pattern string, h handler) { mux.Handle(pattern, s.wrap(pattern, h, failJSON)) }
	page := func(pattern string, h handler) { mux.Handle(pattern, s.wrap(pattern, h, s.failPage)) }

	api("POST /api/chat", s.chat)
	api("OPTIONS /api/chat", s.preflight)

	page("GET /{$}", s.home)
	api("GET /widget.js", s.widgetScript)
	page("GET /widget", s.widgetPage)
	page("POST /widget", s.widgetForm)

	api("GET /healthz", s.healthz)
	api("GET /readyz", s.readyz)
	api("GET /metrics", s.showMetrics)

	if s.LINE != nil {
		mux.Handle("/line/webhook", s.LINE)
	}
	if s.Console != nil {
		mux.Handle("/console/", s.Console)
	}
	if s.Simulator != nil {
		mux.Handle("/sim/", http.StripPrefix("/sim", s.Simulator))
	}
	return mux
}
