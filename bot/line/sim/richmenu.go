package sim

import (
	"bytes"
	"encoding/json"
	"image"
	_ "image/jpeg" // to be measured
	_ "image/png"
	"net/http"
	"slices"

	"madoguchi/ward"
)

// LINE's limits on rich menus.
const (
	maxMenus      = 1000
	maxAliases    = 1000
	maxAreas      = 20
	maxMenuName   = 300 // characters
	maxBarText    = 14
	minMenuWidth  = 800
	maxMenuWidth  = 2500
	minMenuHeight = 250
	minMenuRatio  = 1.45 // width to height
	maxLinked     = 500
	maxOperations = 1000
)

// menu is a rich menu as it was made.
type menu struct {
	RichMenuID  string     `json:"richMenuId"`
	Size        size       `json:"size"`
	Selected    bool       `json:"selected"`
	Name        string     `json:"name"`
	ChatBarText string     `json:"chatBarText"`
	Areas       []menuArea `json:"areas"`
	image       []byte
	imageType   string
	revision    int64
}

type size struct {
	Width  int `json:"width"`
	Height int `json:"height"`
}

type menuArea struct {
	Bounds struct {
		X int `json:"x"`
		Y int `json:"y"`
		size
	} `json:"bounds"`
	Action json.RawMessage `json:"action"`
}

type menus struct {
	byID     map[string]*menu
	order    []string
	aliases  map[string]string
	standard string // the default
}

// menuOf is the menu on r's phone: the person's own, else the default.
func (s *Sim) menuOf(r *resident) *menu {
	if m := s.menus.byID[r.menu]; m != nil {
		return m
	}
	return s.menus.byID[s.menus.standard]
}

// touchMenus brings the menus to all phones.
func (s *Sim) touchMenus() {
	at := s.touch()
	for _, r := range s.residents {
		r.revision = at
	}
}

// readMenu checks the body of a create call; the zero answer is well.
func readMenu(c *call) (*menu, answer) {
	m := &menu{}
	if !c.decode(m) {
		return nil, unreadable()
	}
	k := &checker{}
	k.size("size", m.Size.Width, m.Size.Height)
	k.text("name", m.Name, 1, maxMenuName, graphemesOf)
	k.text("chatBarText", m.ChatBarText, 1, maxBarText, graphemesOf)
	if len(m.Areas) > maxAreas {
		k.fault("areas", "Size must be between 0 and 20")
	}
	for i, a := range m.Areas {
		at := "areas[" + decimalOf(i) + "]"
		b := a.Bounds
		if b.X < 0 || b.Y < 0 || b.Width < 1 || b.Height < 1 || b.X+b.Width > m.Size.Width || b.Y+b.Height > m.Size.Height {
			k.fault(at+".bounds", "must be within the rich menu")
		}
		k.action(at+".action", a.Action, inRichMenu)
	}
	if m.Areas == nil {
		m.Areas = []menuArea{}
	}
	return m, k.answer()
}

func (k *checker) size(at string, width, height int) {
	if width < minMenuWidth || width > maxMenuWidth {
		k.fault(at+".width", "must be between 800 and 2500")
	}
	if height < minMenuHeight {
		k.fault(at+".height", "must be greater than or equal to 250")
	}
	if height > 0 && float64(width)/float64(height) < minMenuRatio {
		k.fault(at, "aspect ratio (width / height) must be greater than or equal to 1.45")
	}
}

func (s *Sim) validateMenu(c *call) answer {
	if _, a := readMenu(c); a.status != 0 {
		return a
	}
	return done()
}

func (s *Sim) createMenu(c *call) answer {
	m, a := readMenu(c)
	if a.status != 0 {
		return a
	}
	if len(s.menus.order) >= maxMenus {
		return failure(http.StatusBadRequest, "The number of rich menus has reached the upper limit")
	}
	m.RichMenuID = randomID("richmenu-")
	s.menus.byID[m.RichMenuID] = m
	s.menus.order = append(s.menus.order, m.RichMenuID)
	m.revision = s.touch()
	return ok(map[string]string{"richMenuId": m.RichMenuID})
}

func (s *Sim) listMenus(*call) answer {
	all := []*menu{}
	for _, id := range s.menus.order {
		all = append(all, s.menus.byID[id])
	}
	return ok(map[string]any{"richmenus": all})
}

func (s *Sim) getMenu(c *call) answer {
	m := s.menus.byID[c.PathValue("richMenuId")]
	if m == nil {
		return notFound(c)
	}
	return ok(m)
}

func (s *Sim) deleteMenu(c *call) answer {
	id := c.PathValue("richMenuId")
	if s.menus.byID[id] == nil {
		return failure(http.StatusNotFound, "richmenu not found")
	}
	delete(s.menus.byID, id)
	s.menus.order = slices.DeleteFunc(s.menus.order, func(other string) bool { return other == id })
	if s.menus.standard == id {
		s.menus.standard = ""
	}
	s.touchMenus()
	return done()
}

func (s *Sim) getMenuImage(c *call) answer {
	m := s.menus.byID[c.PathValue("richMenuId")]
	if m == nil || m.image == nil {
		return notFound(c)
	}
	return answer{status: http.StatusOK, bytes: m.image, contentType: m.imageType}
}

func (s *Sim) uploadMenuImage(c *call) answer {
	m := s.menus.byID[c.PathValue("richMenuId")]
	contentType := c.Header.Get("Content-Type")
	switch {
	case m == nil:
		return failure(http.StatusNotFound, "richmenu not found")
	case contentType != "image/png" && contentType != "image/jpeg":
		return failure(http.StatusUnsupportedMediaType, "Unsupported Media Type")
	case len(c.body) > maxMenuImage:
		return failure(http.StatusRequestEntityTooLarge, "Request entity too large")
	case m.image != nil:
		return failure(http.StatusBadRequest, "An image has already been uploaded to the richmenu")
	}
	config, format, err := image.DecodeConfig(bytes.NewReader(c.body))
	if err != nil || "image/"+format != contentType {
		return failure(http.StatusBadRequest, "The image could not be read")
	}
	k := &checker{}
	if k.size("image", config.Width, config.Height); len(k.details) > 0 {
		return failure(http.StatusBadRequest, "Invalid image size", k.details...)
	}
	m.image, m.imageType = c.body, contentType
	s.touchMenus()
	m.revision = s.revision
	return done()
}

// usable gives a menu that may be shown to somebody.
func (s *Sim) usable(id string) (*menu, answer) {
	m := s.menus.byID[id]
	switch {
	case m == nil:
		return nil, failure(http.StatusNotFound, "richmenu not found")
	case m.image == nil:
		return nil, failure(http.StatusBadRequest, "must upload richmenu image before applying it to user")
	}
	return m, answer{}
}

func (s *Sim) setDefaultMenu(c *call) answer {
	m, a := s.usable(c.PathValue("richMenuId"))
	if a.status != 0 {
		return a
	}
	s.menus.standard = m.RichMenuID
	s.touchMenus()
	return done()
}

func (s *Sim) getDefaultMenu(*call) answer {
	if s.menus.standard == "" {
		return failure(http.StatusNotFound, "no default richmenu")
	}
	return ok(map[string]string{"richMenuId": s.menus.standard})
}

func (s *Sim) cancelDefaultMenu(*call) answer {
	s.menus.standard = ""
	s.touchMenus()
	return done()
}

// user is the person in the path of c.
func (s *Sim) user(c *call) (*resident, answer) {
	user, valid := receiver(c.PathValue("userId"))
	if !valid {
		return nil, failure(http.StatusBadRequest, "The value for the 'userId' parameter is invalid")
	}
	r := s.find(user)
	if r == nil {
		return nil, notFound(c)
	}
	return r, answer{}
}

func (s *Sim) linkMenu(c *call) answer {
	r, a := s.user(c)
	if a.status != 0 {
		return a
	}
	m, a := s.usable(c.PathValue("richMenuId"))
	if a.status != 0 {
		return a
	}
	r.menu = m.RichMenuID
	s.touchResident(r)
	return done()
}

func (s *Sim) getUserMenu(c *call) answer {
	r, a := s.user(c)
	if a.status != 0 {
		return a
	}
	if s.menus.byID[r.menu] == nil {
		return failure(http.StatusNotFound, "the user has no richmenu")
	}
	return ok(map[string]string{"richMenuId": r.menu})
}

func (s *Sim) unlinkMenu(c *call) answer {
	r, a := s.user(c)
	if a.status != 0 {
		return a
	}
	r.menu = ""
	s.touchResident(r)
	return done()
}

func (s *Sim) bulkLink(c *call) answer { return s.bulk(c, true) }

func (s *Sim) bulkUnlink(c *call) answer { return s.bulk(c, false) }

func (s *Sim) bulk(c *call, link bool) answer {
	var in struct {
		RichMenuID string          `json:"richMenuId"`
		UserIDs    []ward.Resident `json:"userIds"`
	}
	if !c.decode(&in) {
		return unreadable()
	}
	if len(in.UserIDs) == 0 || len(in.UserIDs) > maxLinked {
		return faulty([]detail{{"Size must be between 1 and 500", "userIds"}})
	}
	for i, user := range in.UserIDs {
		if !userForm.MatchString(string(user)) {
			return wrongProperty("userIds[" + decimalOf(i) + "]")
		}
	}
	if link {
		if !menuForm.MatchString(in.RichMenuID) {
			return faulty([]detail{{"invalid richMenuId", "richMenuId"}})
		}
		if _, a := s.usable(in.RichMenuID); a.status != 0 {
			return a
		}
	}
	for _, user := range in.UserIDs {
		if r := s.find(user); r != nil {
			r.menu = in.RichMenuID
		}
	}
	s.touchMenus()
	return answer{status: http.StatusAccepted, value: struct{}{}}
}

// menuOperation is one step of a batch.
type menuOperation struct {
	Type string `json:"type"` // link, unlink or unlinkAll
	From string `json:"from"`
	To   string `json:"to"`
}

// batchMenus changes the menus of many residents at once: of those who have
// From, or with unlinkAll of everybody.
func (s *Sim) batchMenus(c *call) answer {
	var in struct {
		Operations []menuOperation `json:"operations"`
	}
	if !c.decode(&in) {
		return unreadable()
	}
	if len(in.Operations) == 0 || len(in.Operations) > maxOperations {
		return faulty([]detail{{"Size must be between 1 and 1000", "operations"}})
	}
	for i, op := range in.Operations {
		if !op.wellFormed() {
			return wrongProperty("operations[" + decimalOf(i) + "]")
		}
		if op.To != "" {
			if _, a := s.usable(op.To); a.status != 0 {
				return a
			}
		}
	}
	for _, op := range in.Operations {
		for _, r := range s.residents {
			if r.menu == op.From || op.Type == "unlinkAll" {
				r.menu = op.To
			}
		}
	}
	s.touchMenus()
	return answer{status: http.StatusAccepted, value: struct{}{}}
}

func (o menuOperation) wellFormed() bool {
	from, to := menuForm.MatchString(o.From), menuForm.MatchString(o.To)
	switch o.Type {
	case "link":
		return from && to
	case "unlink":
		return from && o.To == ""
	case "unlinkAll":
		return o.From == "" && o.To == ""
	}
	return false
}

type aliasBody struct {
	RichMenuAliasID string `json:"richMenuAliasId"`
	RichMenuID      string `json:"richMenuId"`
}

func (s *Sim) createAlias(c *call) answer {
	var in aliasBody
	if !c.decode(&in) {
		return unreadable()
	}
	switch {
	case !aliasForm.MatchString(in.RichMenuAliasID):
		return faulty([]detail{{"must match ^[a-z0-9_-]{1,32}$", "richMenuAliasId"}})
	case s.menus.aliases[in.RichMenuAliasID] != "":
		return failure(http.StatusBadRequest, "conflict richmenu alias id")
	case len(s.menus.aliases) >= maxAliases:
		return failure(http.StatusBadRequest, "The number of rich menu aliases has reached the upper limit")
	}
	return s.setAlias(in)
}

func (s *Sim) updateAlias(c *call) answer {
	in := aliasBody{}
	if !c.decode(&in) {
		return unreadable()
	}
	if in.RichMenuAliasID = c.PathValue("richMenuAliasId"); s.menus.aliases[in.RichMenuAliasID] == "" {
		return failure(http.StatusNotFound, "richmenu alias not found")
	}
	return s.setAlias(in)
}

func (s *Sim) setAlias(in aliasBody) answer {
	m := s.menus.byID[in.RichMenuID]
	switch {
	case m == nil:
		return failure(http.StatusBadRequest, "richmenu not found")
	case m.image == nil:
		return failure(http.StatusBadRequest, "must upload richmenu image before applying it to user")
	}
	s.menus.aliases[in.RichMenuAliasID] = in.RichMenuID
	s.touchMenus()
	return done()
}

func (s *Sim) getAlias(c *call) answer {
	alias := c.PathValue("richMenuAliasId")
	if s.menus.aliases[alias] == "" {
		return failure(http.StatusNotFound, "richmenu alias not found")
	}
	return ok(aliasBody{alias, s.menus.aliases[alias]})
}

func (s *Sim) deleteAlias(c *call) answer {
	alias := c.PathValue("richMenuAliasId")
	if s.menus.aliases[alias] == "" {
		return failure(http.StatusNotFound, "richmenu alias not found")
	}
	delete(s.menus.aliases, alias)
	s.touchMenus()
	return done()
}

func (s *Sim) listAliases(*call) answer {
	all := []aliasBody{}
	for alias, id := range s.menus.aliases {
		all = append(all, aliasBody{alias, id})
	}
	slices.SortFunc(all, func(a, b aliasBody) int { return bytes.Compare([]byte(a.RichMenuAliasID), []byte(b.RichMenuAliasID)) })
	return ok(map[string]any{"aliases": all})
}
