package bot

import (
	"strings"
	"testing"
)

// Every expression of the table is answered, in one way, and is nothing else
// that a resident could mean.
func TestSmallTalkTable(t *testing.T) {
	n, tn, seen := 0, &turn{Bot: &Bot{kinds: readSmallTalk()}}, map[string]string{}
	for line := range strings.Lines(smallTalkTable) {
		kind, expressions, _ := strings.Cut(strings.TrimSpace(line), "\t")
		if strings.HasPrefix(line, "#") {
			continue
		}
		for e := range strings.SplitSeq(expressions, between) {
			n++
			word := spoken(e)
			if before := seen[plain(word)]; before != "" && before != kind {
				t.Errorf("%s is %s and %s", e, before, kind)
			}
			seen[plain(word)] = kind
			if _, ok := tn.smallTalk(word); !ok {
				t.Errorf("%s: nothing is said to %q", e, kind)
			}
			fire, crime := isEmergency(word)
			if fire || crime || isOpinion(word) || isFollowUp(word) || commandOf(word) != "" {
				t.Errorf("%s means something else, too", e)
			}
		}
	}
	if n < 100 {
		t.Errorf("%d expressions were read", n)
	}
}
