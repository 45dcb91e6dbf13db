// Package jobs is the work that outlives a request. Today that is the crawl
// on its schedule; a job that fails is logged and tried again at its next
// time, never at once, so that a broken site is not hammered.
//
// It keeps nothing itself: what a job did is recorded by the job.
package jobs
