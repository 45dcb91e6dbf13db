package line

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"io/fs"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/line/line-bot-sdk-go/v8/linebot/messaging_api"

	"madoguchi/ward"
)

// The menus with a meaning of their own, by file name.
const (
	mainMenu     = "main"     // what everybody sees
	incidentMenu = "incident" // what everybody sees while something has happened
)

// RichMenus are the rich menus of a ward, as they stand in its files.
//
// Each <id>.toml is one menu. main.toml is the one that residents see first;
// incident.toml, if there is one, is kept ready at LINE to take its place; the
// others are reached from main by tabs. A file holds:
//
//	name      what the menu is called: on its tab, and to staff
//	chat_bar  the words on the bar that opens the menu, at most 14 characters
//	size      "large" (2500 × 1686) or "compact" (2500 × 843)
//	selected  true: open from the start
//	heading   words across the top, where there are no tabs
//	tabs      the ids of the menus across the top, the menu itself included
//	[[row]]   cells = [ {…}, … ], each with a label (at most 20 characters, \n
//	          where it may break), an icon, a width (shares of the row, default
//	          1) and one of: uri (from "/" on: a page of the ward's site), tel,
//	          message (words said for the resident), postback (the value of a
//	          choice of the counter), tab (the id of another menu)
//
// The picture is drawn from this. A menu goes by an alias at LINE, and has the
// digest of all that it is in its name there, so that LINE itself can say which
// menus are up to date.
type RichMenus struct{ menus []*richMenu }

// richMenu is one file.
type richMenu struct {
	Name     string   `toml:"name"`
	ChatBar  string   `toml:"chat_bar"`
	Size     string   `toml:"size"`
	Selected bool     `toml:"selected"`
	Heading  string   `toml:"heading"`
	Tabs     []string `toml:"tabs"`
	Rows     []struct {
		Cells []richMenuCell `toml:"cells"`
	} `toml:"row"`

	id      string
	bar     []richMenuTab
	picture []byte // PNG
	digest  string
}

// richMenuCell is one thing to tap.
type richMenuCell struct {
	Label    string `toml:"label"`
	Icon     string `toml:"icon"`
	Width    int    `toml:"width"`
	URI      string `toml:"uri"`
	Tel      string `toml:"tel"`
	Message  string `toml:"message"`
	Postback string `toml:"postback"`
	Tab      string `toml:"tab"`
}

// richMenuTab is a part of the bar across the top: a tab, or the heading.
type richMenuTab struct{ id, label string }

// maxRichMenus is how many menus one apply can create and, as often, delete
// within LINE's 100 calls an hour.
const maxRichMenus = 50

// ReadRichMenus reads and draws all menus of fsys. site is where addresses
// that begin with "/" stand; it may be nil if there are none. The error holds a
// sentence on every fault, each naming its file and field.
func ReadRichMenus(fsys fs.FS, site *url.URL) (*RichMenus, error) {
	names, err := fs.Glob(fsys, "*.toml")
	if err != nil {
		return nil, fmt.Errorf("list rich menus: %w", err)
	}
	if len(names) > maxRichMenus {
		return nil, menuFault("リッチメニューは%d枚までです（%d枚あります）", maxRichMenus, len(names))
	}
	r := &RichMenus{}
	var errs []error
	for _, name := range names {
		m, err := readRichMenu(fsys, name, site)
		errs = append(errs, err)
		r.menus = append(r.menus, m)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	if err := r.join(); err != nil {
		return nil, err
	}
	return r, r.draw()
}

func readRichMenu(fsys fs.FS, name string, site *url.URL) (*richMenu, error) {
	text, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, &ward.Error{Kind: ward.Unavailable, Message: name + " を読めません", Err: err}
	}
	m := &richMenu{id: strings.TrimSuffix(path.Base(name), ".toml")}
	known, err := toml.Decode(string(text), m)
	if err != nil {
		return nil, &ward.Error{Kind: ward.Invalid, Message: name + " の書き方が正しくありません", Err: err}
	}
	f := &menuFaults{file: name}
	for _, key := range known.Undecoded() {
		f.add(key.String(), "という項目はありません")
	}
	m.settle(f, site)
	m.check(f)
	return m, errors.Join(f.errs...)
}

// settle fills in what is left out, and the address of the ward's site.
func (m *richMenu) settle(f *menuFaults, site *url.URL) {
	for i, row := range m.Rows {
		for j := range row.Cells {
			c := &row.Cells[j]
			c.Width = max(c.Width, 1)
			if !strings.HasPrefix(c.URI, "/") {
				continue
			}
			page, err := url.Parse(c.URI)
			switch {
			case site == nil:
				f.add(cellField(i, j, c, "uri"), "は区のサイトのページですが、サイトのURL（MADOGUCHI_SITE_URL）がありません")
			case err != nil:
				f.add(cellField(i, j, c, "uri"), "「%s」はページの場所として読めません", c.URI)
			default:
				c.URI = site.ResolveReference(page).String()
			}
		}
	}
}

// find gives the menu id, nil if there is none.
func (r *RichMenus) find(id string) *richMenu {
	for _, m := range r.menus {
		if m.id == id {
			return m
		}
	}
	return nil
}

// join resolves the tabs, which need the other files.
func (r *RichMenus) join() error {
	if r.find(mainMenu) == nil {
		return menuFault("%s.toml がありません。はじめに見えるリッチメニューです", mainMenu)
	}
	var errs []error
	for _, m := range r.menus {
		f := &menuFaults{file: m.id + ".toml"}
		if m.Heading != "" {
			m.bar = []richMenuTab{{label: m.Heading}}
		}
		for _, id := range m.Tabs {
			if other := r.find(id); other != nil {
				m.bar = append(m.bar, richMenuTab{id, other.Name})
			}
		}
		for _, id := range m.leadsTo() {
			if r.find(id) == nil {
				f.add("tab", "の指す %s.toml がありません", id)
			} else if id == incidentMenu {
				f.add("tab", "は %s を指せません。切り替えは madoguchi richmenu incident で行います", id)
			}
		}
		if m.id != mainMenu && m.id != incidentMenu && !slices.Contains(m.leadsTo(), mainMenu) {
			f.add("tab", "に %s へ戻るものがありません", mainMenu)
		}
		errs = append(errs, f.errs...)
	}
	return errors.Join(append(errs, r.unreachable()...)...)
}

// leadsTo are the ids of the menus that m's tabs and cells open.
func (m *richMenu) leadsTo() (ids []string) {
	for _, id := range m.Tabs {
		if id != m.id {
			ids = append(ids, id)
		}
	}
	for _, row := range m.Rows {
		for _, c := range row.Cells {
			if c.Tab != "" {
				ids = append(ids, c.Tab)
			}
		}
	}
	return ids
}

// unreachable finds the menus that no tab from main leads to.
func (r *RichMenus) unreachable() (errs []error) {
	reached := []string{mainMenu}
	for i := 0; i < len(reached); i++ {
		m := r.find(reached[i])
		if m == nil {
			continue
		}
		for _, id := range m.leadsTo() {
			if !slices.Contains(reached, id) {
				reached = append(reached, id)
			}
		}
	}
	for _, m := range r.menus {
		if m.id != incidentMenu && !slices.Contains(reached, m.id) {
			errs = append(errs, menuFault("%s.toml は、どのリッチメニューの tabs からも開けません", m.id))
		}
	}
	return errs
}

// Picture gives the picture of the menu id as PNG; ok is false if there is no
// such menu.
func (r *RichMenus) Picture(id string) (png []byte, ok bool) {
	m := r.find(id)
	if m == nil {
		return nil, false
	}
	return m.picture, true
}

// IDs are the menus, in order of their file names.
func (r *RichMenus) IDs() (ids []string) {
	for _, m := range r.menus {
		ids = append(ids, m.id)
	}
	return ids
}

// draw draws every menu and takes its digest.
func (r *RichMenus) draw() error {
	a, err := newArtist()
	if err != nil {
		return err
	}
	for _, m := range r.menus {
		if m.picture, err = a.picture(m); err != nil {
			return err
		}
		object, err := json.Marshal(m.object())
		if err != nil {
			return fmt.Errorf("write rich menu %s: %w", m.id, err)
		}
		sum := sha256.Sum256(append(object, m.picture...))
		m.digest = hex.EncodeToString(sum[:8])
	}
	return nil
}

// Names at LINE say what is ours, which file it is, and how it stood.
const (
	menuNamePrefix  = "madoguchi/"
	menuAliasPrefix = "madoguchi-"
)

func menuAlias(id string) string { return menuAliasPrefix + id }

func (m *richMenu) lineName() string { return menuNamePrefix + m.id + "/" + m.digest }

// object is what LINE is told of m; its name holds the digest once there is one.
func (m *richMenu) object() *messaging_api.RichMenuRequest {
	l := m.layout()
	o := &messaging_api.RichMenuRequest{
		Size: &messaging_api.RichMenuSize{Width: menuWidth, Height: int64(m.height())}, Selected: m.Selected, Name: m.lineName(), ChatBarText: m.ChatBar,
	}
	for i, t := range m.bar {
		if t.id != "" && t.id != m.id {
			o.Areas = append(o.Areas, area(l.bar[i], &messaging_api.RichMenuSwitchAction{Label: t.label, RichMenuAliasId: menuAlias(t.id), Data: "tab:" + t.id}))
		}
	}
	for i, row := range m.Rows {
		for j := range row.Cells {
			o.Areas = append(o.Areas, area(l.cells[i][j], row.Cells[j].action()))
		}
	}
	return o
}

func area(r image.Rectangle, a messaging_api.ActionInterface) messaging_api.RichMenuArea {
	return messaging_api.RichMenuArea{Action: a, Bounds: &messaging_api.RichMenuBounds{
		X: int64(r.Min.X), Y: int64(r.Min.Y), Width: int64(r.Dx()), Height: int64(r.Dy()),
	}}
}

// action is what a tap does. The label is what a screen reader says.
func (c *richMenuCell) action() messaging_api.ActionInterface {
	label := c.spoken()
	switch {
	case c.URI != "":
		return &messaging_api.UriAction{Label: label, Uri: c.URI}
	case c.Tel != "":
		return &messaging_api.UriAction{Label: label, Uri: phoneURI(c.Tel)}
	case c.Postback != "":
		return &messaging_api.PostbackAction{Label: label, Data: c.Postback, DisplayText: label}
	case c.Tab != "":
		return &messaging_api.RichMenuSwitchAction{Label: label, RichMenuAliasId: menuAlias(c.Tab), Data: "tab:" + c.Tab}
	}
	return &messaging_api.MessageAction{Label: label, Text: c.Message}
}

// spoken is the label without its line breaks.
func (c *richMenuCell) spoken() string { return strings.ReplaceAll(c.Label, "\n", "") }
