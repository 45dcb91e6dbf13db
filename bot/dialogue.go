package bot

import "context"

// A dialogue is a table of steps. Typed words reach a step through its name
// (words.go) or through the label of an offered choice.
type dialogue struct {
	name  string
	steps []step
}

// A step is one thing that happens in a dialogue. It speaks through the turn;
// its error means that nothing it said counts. arg comes from a choice, which
// is to say from a stranger.
type step struct {
	name string
	run  func(ctx context.Context, t *turn, arg string) error
}

// dialogues are all there are. The argument of each step stands beside it.
func dialogues() []dialogue {
	return []dialogue{
		{"counter", []step{
			{"menu", showMenu}, // -
			{"help", showHelp}, // -
			{"contact", showContact},
			{"back", goBack},     // - : the place before this one, else the menu
			{"stop", stopTalk},   // - : forgets the conversation
			{"start", startOver}, // - : forgets it and shows the menu
		}},
		{"answer", []step{
			{"doc", showDocument},    // which part of which document, see span
			{"list", showCandidates}, // id of the question
			{"none", refuseAll},      // id of the question: どれでもない
			{"yes", voteHelpful},     // id of the answer
			{"no", voteUnhelpful},    // id of the answer
		}},
		{"browse", []step{
			{"level", showLevel}, // a category and a page of its list, see level
		}},
	}
}

func stepsByName() map[string]step {
	all := map[string]step{}
	for _, d := range dialogues() {
		for _, s := range d.steps {
			all[d.name+"."+s.name] = s
		}
	}
	return all
}
