package line

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"madoguchi/ward"
)

// What staff read of rich menus.
const (
	messageNoDefault = "はじめに見えるリッチメニューが、LINEに設定されていません"
	messageNotThere  = "リッチメニュー %s がまだLINEにありません。先に madoguchi richmenu apply を実行してください"
	messageTabsLeft  = "リッチメニューは切り替わりましたが、タブで別のメニューを開いている人には、まだ前のメニューが見えます。しばらくしてから、もう一度実行してください"
)

// maxChangesPerHour is how many menus LINE lets a channel create and delete in
// an hour.
const maxChangesPerHour = 100

// RichMenuPlan is what has to be done at LINE so that it has the menus of the
// files: create, upload, alias, default, and only then delete what is old.
// Whatever step fails, residents see a whole menu, and a new plan takes up
// where this one ended: all that is known of a menu is known from LINE.
type RichMenuPlan struct {
	// UpToDate are the ids of the menus that LINE has as they are.
	UpToDate []string
	// Left is how many old menus stay for a later plan, because LINE deletes
	// only so many in an hour.
	Left  int
	steps []richMenuStep
}

// richMenuStep is one call, with a sentence on it.
type richMenuStep struct {
	text string
	do   func(context.Context) error
}

// Steps says in a sentence each what Apply will do; none, if there is nothing
// to do.
func (p *RichMenuPlan) Steps() (sentences []string) {
	for _, s := range p.steps {
		sentences = append(sentences, s.text)
	}
	return sentences
}

// Apply takes the steps in order and tells done of each that is taken. It ends
// at the first that fails.
func (p *RichMenuPlan) Apply(ctx context.Context, done func(sentence string)) error {
	for _, s := range p.steps {
		if err := s.do(ctx); err != nil {
			return fmt.Errorf("「%s」ができませんでした: %w", s.text, err)
		}
		done(s.text)
	}
	return nil
}

func (p *RichMenuPlan) add(do func(context.Context) error, format string, args ...any) {
	p.steps = append(p.steps, richMenuStep{fmt.Sprintf(format, args...), do})
}

// Plan compares the files with LINE.
//
// While the incident menu is shown, it stays: an update in the middle of an
// incident does not end it.
func (r *RichMenus) Plan(ctx context.Context, c *Client) (*RichMenuPlan, error) {
	at, err := c.richMenus(ctx)
	if err != nil {
		return nil, err
	}
	p := &RichMenuPlan{}
	ids := map[string]string{} // LINE's ids by ours; known only once a menu is created
	var stale []*richMenu
	for _, m := range r.menus {
		if id := at.aliases[menuAlias(m.id)]; id != "" && at.names[id] == m.lineName() {
			ids[m.id] = id
			p.UpToDate = append(p.UpToDate, m.id)
		} else {
			stale = append(stale, m)
		}
	}
	for _, m := range stale {
		p.create(c, m, ids)
	}
	p.alias(c, stale, at, ids)
	p.show(c, r.shown(at), at, ids)
	p.clean(c, r, at, ids, len(stale))
	return p, nil
}

func (p *RichMenuPlan) create(c *Client, m *richMenu, ids map[string]string) {
	p.add(func(ctx context.Context) (err error) {
		ids[m.id], err = c.createRichMenu(ctx, m.object())
		return err
	}, "%s（%s）を作る", m.id, m.Name)
	p.add(func(ctx context.Context) error { return c.setRichMenuImage(ctx, ids[m.id], m.picture) }, "%s に絵を載せる", m.id)
}

// alias lets the tabs lead to the new menus. Aliases that are new come first:
// tabs of the others may lead to them.
func (p *RichMenuPlan) alias(c *Client, menus []*richMenu, at menusAtLINE, ids map[string]string) {
	for _, update := range []bool{false, true} {
		for _, m := range menus {
			alias := menuAlias(m.id)
			if _, known := at.aliases[alias]; known == update {
				p.add(func(ctx context.Context) error { return c.setRichMenuAlias(ctx, alias, ids[m.id], update) }, "別名 %s を新しいものに向ける", alias)
			}
		}
	}
}

// shown is the menu that residents are to see first.
func (r *RichMenus) shown(at menusAtLINE) *richMenu {
	if incident := r.find(incidentMenu); incident != nil && fileOf(at.names[at.standard]) == incidentMenu {
		return incident
	}
	return r.find(mainMenu)
}

// fileOf is the id in the name that a menu of ours has at LINE, "" for one that
// is not ours.
func fileOf(name string) string {
	rest, ours := strings.CutPrefix(name, menuNamePrefix)
	if !ours {
		return ""
	}
	id, _, _ := strings.Cut(rest, "/")
	return id
}

func (p *RichMenuPlan) show(c *Client, m *richMenu, at menusAtLINE, ids map[string]string) {
	if id := ids[m.id]; id != "" && id == at.standard {
		return
	}
	p.add(func(ctx context.Context) error { return c.setDefaultRichMenu(ctx, ids[m.id]) }, "%s（%s）を、はじめに見えるものにする", m.id, m.Name)
}

// clean deletes the aliases and menus of ours that no file stands for any more,
// as far as creating has left calls for it.
func (p *RichMenuPlan) clean(c *Client, r *RichMenus, at menusAtLINE, kept map[string]string, created int) {
	room := maxChangesPerHour - created
	for _, alias := range slices.Sorted(maps.Keys(at.aliases)) {
		id, ours := strings.CutPrefix(alias, menuAliasPrefix)
		if ours && r.find(id) == nil {
			p.add(func(ctx context.Context) error { return c.deleteRichMenuAlias(ctx, alias) }, "別名 %s を消す", alias)
		}
	}
	inUse := slices.Collect(maps.Values(kept))
	for _, id := range slices.Sorted(maps.Keys(at.names)) {
		name := at.names[id]
		if fileOf(name) == "" || slices.Contains(inUse, id) {
			continue
		}
		if room--; room < 0 {
			p.Left++
			continue
		}
		p.add(func(ctx context.Context) error { return c.deleteRichMenu(ctx, id) }, "古い %s を消す", strings.TrimPrefix(name, menuNamePrefix))
	}
}

// SwitchIncident shows the incident menu to everybody, or the main one again:
// one call, as LINE has both. Residents who opened another menu by a tab are
// taken back from it by a second call, when an incident begins.
func (c *Client) SwitchIncident(ctx context.Context, on bool) error {
	aliases, err := c.richMenuAliases(ctx)
	if err != nil {
		return err
	}
	id := mainMenu
	if on {
		id = incidentMenu
	}
	menu, ok := aliases[menuAlias(id)]
	if !ok {
		return &ward.Error{Kind: ward.NotFound, Message: fmt.Sprintf(messageNotThere, id)}
	}
	if err := c.setDefaultRichMenu(ctx, menu); err != nil {
		return err
	}
	if !on || !haveTabs(aliases) {
		return nil
	}
	if err := c.unlinkRichMenus(ctx); err != nil {
		return &ward.Error{Kind: ward.KindOf(err), Message: messageTabsLeft, Err: err}
	}
	return nil
}

// haveTabs tells whether there are menus that a tab leads to.
func haveTabs(aliases map[string]string) bool {
	for alias := range aliases {
		if id, ours := strings.CutPrefix(alias, menuAliasPrefix); ours && id != mainMenu && id != incidentMenu {
			return true
		}
	}
	return false
}

// ShownMenu says which menu residents see first at LINE: the id of a file, or
// "" for one that is not ours or for none. set tells those two apart.
func (c *Client) ShownMenu(ctx context.Context) (id string, set bool, err error) {
	at, err := c.richMenus(ctx)
	if err != nil {
		return "", false, err
	}
	return fileOf(at.names[at.standard]), at.standard != "", nil
}
