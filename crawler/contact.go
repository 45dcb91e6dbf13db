package crawler

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"madoguchi/ja"
)

const (
	// longestContact is how long, in characters, a block may be that no
	// profile names and that is still taken for the page's contact.
	longestContact = 600
	// contactLines is how many lines behind a contact headline belong to it.
	contactLines = 8
	// longestSection is how long, in characters, the name of a section may be.
	longestSection = 60
)

// readContact reads section and phone from the first block that names them and
// cuts all such blocks out of the page.
func (x *extraction) readContact() {
	blocks, known := x.contactBlocks()
	for _, n := range blocks {
		lines := x.plain(n)
		if name := x.sectionIn(n, lines); name != "" || known {
			x.Section, x.Phone = name, phoneIn(lines)
		}
		if x.Section != "" {
			break
		}
	}
	for _, n := range blocks {
		remove(n)
	}
}

// contactBlocks gives the contact blocks that the profile knows, else the
// generic ones. A footer has none: the number in it is the switchboard's.
func (x *extraction) contactBlocks() (out []*html.Node, known bool) {
	if x.profile != x.generic {
		for _, s := range x.profile.Contact {
			if out = s.all(x.root); len(out) > 0 {
				return out, true
			}
		}
	}
	for _, s := range x.generic.Contact {
		for _, n := range outermost(s.all(x.root)) {
			if !inFooter(n) && n.DataAtom != atom.A && utf8.RuneCountInString(textOf(n)) <= longestContact {
				out = append(out, n)
			}
		}
	}
	return out, false
}

func inFooter(n *html.Node) bool {
	for ; n != nil; n = n.Parent {
		name := strings.ToLower(attr(n, "id") + " " + attr(n, "class"))
		if n.DataAtom == atom.Footer || n.DataAtom == atom.Header || strings.Contains(name, "footer") || strings.Contains(name, "header") || strings.Contains(name, "siteinfo") {
			return true
		}
	}
	return false
}

// plain gives the lines of an element, boilerplate left out.
func (x *extraction) plain(n *html.Node) []string {
	var lines []string
	r := &reader{furniture: &x.furniture, base: x.base, self: x.URL}
	for _, b := range r.read(n) {
		lines = append(lines, b.text)
	}
	return lines
}

// sectionIn reads the section in charge: where the profile says, else in the
// first line that can be one.
func (x *extraction) sectionIn(n *html.Node, lines []string) string {
	for _, s := range x.profile.Section {
		for _, m := range s.all(n) {
			if name := sectionName(headText(m)); name != "" {
				return name
			}
		}
	}
	for i, l := range lines {
		name := sectionName(l)
		if name == "" {
			continue
		}
		if strings.HasSuffix(name, "部") && i+1 < len(lines) { // 部 and 課 on lines of their own
			if part := sectionName(lines[i+1]); strings.HasSuffix(part, "課") || strings.HasSuffix(part, "室") {
				return name + " " + part
			}
		}
		return name
	}
	return ""
}

var (
	inChargeRE     = regexp.MustCompile(`^この(?:ページ|記事|情報)は[、 　]*(.+?)が(?:担当|作成)`)
	sectionLabelRE = regexp.MustCompile(`^(?:所属課室|所管課|所管部署|担当課|担当部署|担当部門|担当|部署名?|課名|所属|作成担当課?|問い?合わ?せ先?|お問い?合わ?せ先?|このページの作成所属|作成所属)\s*[:：]\s*`)
	sectionEndRE   = regexp.MustCompile(`(?i)\s*[（(【]?(?:直通|代表)[）)】]?\s*$|\s*(?:〒|住所|所在地|電話|電 話|℡|TEL|ＴＥＬ|直通|内線|FAX|ＦＡＸ|ファッ?クス|ファクシミリ|Eメール|E-?mail|メール|郵便番号).*$`)
	unitRE         = regexp.MustCompile(`[課部局係室所署館場院園校庁会社]|センター|担当|グループ|チーム|事務|出張|班|団|協会|窓口|本部`)
	noUnitRE       = regexp.MustCompile(`^(?:お?問い?合わ?せ|ご?意見|この(?:ページ|記事|情報|ホームページ)|情報発信元|住所|所在地|受付|開庁|業務|https?:)|法人番号|^[^課部局係室]{1,8}(?:県庁|府庁|都庁|市役所|区役所|町役場|村役場)$|[。?？]$|[都道府県市区町村].{0,12}(?:丁目|番地|\d+番|\d+-\d+)|\d{3}-\d{4}`)
)

// sectionName gives the name of a section that a line holds, "" if it is
// another line of a contact block: a headline, an address, an invitation.
func sectionName(line string) string {
	if m := inChargeRE.FindStringSubmatch(line); m != nil {
		return strings.TrimSpace(m[1])
	}
	name := sectionLabelRE.ReplaceAllString(strings.TrimSpace(line), "")
	name = strings.TrimSpace(sectionEndRE.ReplaceAllString(name, ""))
	name = strings.TrimSpace(strings.TrimSuffix(strings.TrimSuffix(name, "（直通）"), "(直通)"))
	if name == "" || utf8.RuneCountInString(name) > longestSection || noUnitRE.MatchString(ja.Fold(name)) || !unitRE.MatchString(name) {
		return ""
	}
	return name
}

var labelledPhoneRE = regexp.MustCompile(`(?:電話(?:番号)?|tel|直通)[^0-9]{0,10}(0\d{1,4}-\d{1,4}-\d{3,4})`)

// phoneIn finds the first phone number of a contact block. A number that can
// be no real one counts if its label says it is.
func phoneIn(lines []string) string {
	whole := strings.Join(lines, "\n")
	if found := ja.Phones(whole); len(found) > 0 {
		return found[0]
	}
	if m := labelledPhoneRE.FindStringSubmatch(ja.Fold(whole)); m != nil {
		return m[1]
	}
	return ""
}

// phones is ja.Phones with a glance first: few lines hold nine figures.
func phones(s string) []string {
	const fewest = 9
	n := 0
	for _, c := range s {
		if isDigit(narrow(c)) {
			n++
		}
	}
	if n < fewest {
		return nil
	}
	return ja.Phones(s)
}

// onlyPhone gives the phone number of a text that has exactly one.
func onlyPhone(lines []block) string {
	found := ""
	for i := range lines {
		for _, n := range phones(lines[i].text) {
			if found != "" && n != found {
				return ""
			}
			found = n
		}
	}
	return found
}

var contactHeadRE = regexp.MustCompile(`^(?:この(?:ページ|記事|情報|ホームページ)(?:の内容|の情報)?(?:に関する|について|へ|の担当課へ)?の?(?:お?問い?合わ?せ先?|作成担当|担当課?|担当部署|情報発信元|作成者?)は?|お?問い?合わ?せ先?|担当課|担当部署|所管課)[:：]?$`)

// namedContact reads the contact from the lines of the content, where no block
// of the page is marked as one: a line that says so, and those behind it. What
// says it is about the page is no part of its text.
func (x *extraction) namedContact() {
	for i := range x.lines {
		from, head := i, ja.Fold(x.lines[i].text)
		if i > 0 && strings.HasPrefix(x.lines[i-1].text, "この") && utf8.RuneCountInString(x.lines[i-1].text) < 16 {
			from, head = i-1, ja.Fold(x.lines[i-1].text+x.lines[i].text)
		}
		if !contactHeadRE.MatchString(head) {
			continue
		}
		to := i + 1
		for to < len(x.lines) && to <= i+contactLines && x.lines[to].role != headingLine {
			to++
		}
		var lines []string
		for _, b := range x.lines[i+1 : to] {
			lines = append(lines, b.text)
		}
		for _, l := range lines {
			if x.Section == "" {
				x.Section = sectionName(l)
			}
		}
		if x.Section == "" {
			continue
		}
		if x.Phone == "" {
			x.Phone = phoneIn(lines)
		}
		if strings.HasPrefix(head, "この") {
			x.lines = slices.Delete(x.lines, from, to)
		}
		return
	}
}
