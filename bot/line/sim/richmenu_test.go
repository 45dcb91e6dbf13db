package sim_test

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"madoguchi/ward"
)

const menuPath = "/v2/bot/richmenu"

// pngOf is a picture of that size.
func pngOf(w, h int) string {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, w, h))); err != nil {
		panic(err)
	}
	return b.String()
}

func jpegOf(w, h int) string {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, w, h)), nil); err != nil {
		panic(err)
	}
	return b.String()
}

// noise is a picture that cannot be made small.
func noise(w, h int) string {
	img := image.NewGray(image.Rect(0, 0, w, h))
	r := rand.New(rand.NewPCG(1, 2))
	for i := range img.Pix {
		img.Pix[i] = byte(r.Uint32())
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err)
	}
	return b.String()
}

func area(x, y, w, h int, action string) string {
	return fmt.Sprintf(`{"bounds":{"x":%d,"y":%d,"width":%d,"height":%d},"action":%s}`, x, y, w, h, action)
}

func menuBody(w, h int, bar string, areas ...string) string {
	return fmt.Sprintf(`{"size":{"width":%d,"height":%d},"selected":true,"name":"くらし","chatBarText":%q,"areas":[%s]}`, w, h, bar, strings.Join(areas, ","))
}

// makeMenu makes a menu, with an image if one is given.
func (p *platform) makeMenu(image string, areas ...string) (id string) {
	p.Helper()
	r := p.post(menuPath, menuBody(2500, 1686, "メニュー", areas...))
	p.want(r, 200, "create")
	id = r.text("richMenuId")
	if image != "" {
		p.want(p.post(menuPath+"/"+id+"/content", image, "Content-Type: image/png"), 200, "upload")
	}
	return id
}

func TestMenuLimits(t *testing.T) {
	p := start(t)
	one := area(0, 0, 100, 100, say("", "あ"))
	for _, tt := range []struct {
		name, body string
		want       int
	}{
		{"menu", menuBody(2500, 1686, "メニュー", one), 200},
		{"20 areas", menuBody(2500, 1686, "メニュー", strings.Trim(listOf(one, 20), "[]")), 200},
		{"21 areas", menuBody(2500, 1686, "メニュー", strings.Trim(listOf(one, 21), "[]")), 400},
		{"bar text of 14", menuBody(2500, 1686, long("あ", 14), one), 200},
		{"bar text of 15", menuBody(2500, 1686, long("あ", 15), one), 400},
		{"no bar text", menuBody(2500, 1686, "", one), 400},
		{"too narrow", menuBody(799, 400, "メニュー", one), 400},
		{"too wide", menuBody(2501, 1000, "メニュー", one), 400},
		{"too low", menuBody(800, 249, "メニュー", one), 400},
		{"too square", menuBody(1000, 700, "メニュー", one), 400},
		{"area outside", menuBody(800, 250, "メニュー", area(750, 0, 51, 100, say("", "あ"))), 400},
		{"tab", menuBody(800, 250, "メニュー", area(0, 0, 9, 9, of("richmenuswitch", "richMenuAliasId", "tab_a-1", "data", "a"))), 200},
		{"tab in capitals", menuBody(800, 250, "メニュー", area(0, 0, 9, 9, of("richmenuswitch", "richMenuAliasId", "TAB", "data", "a"))), 400},
		{"camera", menuBody(800, 250, "メニュー", area(0, 0, 9, 9, of("camera", "label", "撮る"))), 400},
		{"no JSON", "{", 400},
	} {
		p.want(p.post(menuPath+"/validate", tt.body), tt.want, tt.name)
		p.want(p.post(menuPath, tt.body), tt.want, tt.name)
	}
	for _, tt := range []struct {
		name, kind, image string
		want              int
	}{
		{"png", "image/png", pngOf(2500, 1686), 200},
		{"jpeg", "image/jpeg", jpegOf(800, 540), 200},
		{"gif", "image/gif", "GIF89a", 415},
		{"png that is none", "image/png", "not a picture", 400},
		{"jpeg called png", "image/png", jpegOf(800, 540), 400},
		{"too narrow", "image/png", pngOf(799, 500), 400},
		{"too wide", "image/png", pngOf(2501, 1000), 400},
		{"too low", "image/png", pngOf(800, 249), 400},
		{"too square", "image/png", pngOf(1000, 700), 400},
		{"more than 1 MB", "image/png", noise(1300, 850), 413},
	} {
		p.want(p.post(menuPath+"/"+p.makeMenu("")+"/content", tt.image, "Content-Type: "+tt.kind), tt.want, tt.name)
	}
	id := p.makeMenu(pngOf(800, 500))
	p.want(p.post(menuPath+"/"+id+"/content", pngOf(800, 500), "Content-Type: image/png"), 400, "a second image")
	p.want(p.post(menuPath+"/richmenu-0/content", pngOf(800, 500), "Content-Type: image/png"), 404, "no menu")
	got := p.get(menuPath + "/" + id + "/content")
	if got.status != 200 || string(got.body) != pngOf(800, 500) || got.header.Get("Content-Type") != "image/png" {
		t.Errorf("image: status %d, %d bytes", got.status, len(got.body))
	}
	p.want(p.get(menuPath+"/"+p.makeMenu("")+"/content"), 404, "no image yet")
}

func TestMenuOfResident(t *testing.T) {
	p := start(t)
	user := p.friend()
	bare, one, two := p.makeMenu(""), p.makeMenu(pngOf(800, 500)), p.makeMenu(pngOf(800, 500))
	standard, own := "/v2/bot/user/all/richmenu", "/v2/bot/user/"+string(user)+"/richmenu"
	p.want(p.get(standard), 404, "no default yet")
	p.want(p.post(standard+"/"+bare, ""), 400, "default without image")
	p.want(p.post(standard+"/richmenu-0", ""), 404, "default that is none")
	p.want(p.post(standard+"/"+one, ""), 200, "default")
	if got := p.get(standard).text("richMenuId"); got != one {
		t.Errorf("default %s, want %s", got, one)
	}
	p.want(p.get(own), 404, "no menu of their own")
	p.want(p.post(own+"/"+bare, ""), 400, "link without image")
	p.want(p.post(own+"/"+two, ""), 200, "link")
	if got := p.get(own).text("richMenuId"); got != two {
		t.Errorf("linked %s, want %s", got, two)
	}
	p.want(p.call(http.MethodDelete, own, ""), 200, "unlink")
	p.want(p.get(own), 404, "unlinked")
	p.want(p.get("/v2/bot/user/U1/richmenu"), 400, "no user id")
	p.want(p.get("/v2/bot/user/U"+strings.Repeat("0", 32)+"/richmenu"), 404, "nobody")

	bulk := func(call, more, users string) result {
		return p.post(menuPath+"/bulk/"+call, `{"userIds":`+users+more+`}`)
	}
	ids := fmt.Sprintf("[%q]", user)
	p.want(bulk("link", fmt.Sprintf(`,"richMenuId":%q`, two), ids), 202, "bulk link")
	if got := p.get(own).text("richMenuId"); got != two {
		t.Errorf("linked %s, want %s", got, two)
	}
	p.want(bulk("unlink", "", ids), 202, "bulk unlink")
	p.want(bulk("unlink", "", listOf(fmt.Sprintf("%q", user), 501)), 400, "501 users")
	p.want(bulk("unlink", "", `["x"]`), 400, "no user id")
	p.want(bulk("link", `,"richMenuId":"x"`, ids), 400, "no menu id")
	p.want(bulk("link", fmt.Sprintf(`,"richMenuId":"richmenu-%s"`, strings.Repeat("0", 32)), ids), 404, "no menu")

	batch := func(operations string) result { return p.post(menuPath+"/batch", `{"operations":[`+operations+`]}`) }
	p.want(bulk("link", fmt.Sprintf(`,"richMenuId":%q`, two), ids), 202, "bulk link")
	p.want(batch(fmt.Sprintf(`{"type":"link","from":%q,"to":%q}`, two, one)), 202, "batch link")
	if got := p.get(own).text("richMenuId"); got != one {
		t.Errorf("after the batch %s, want %s", got, one)
	}
	p.want(batch(`{"type":"unlinkAll"}`), 202, "batch unlink")
	p.want(p.get(own), 404, "unlinked in batch")
	p.want(batch(`{"type":"unlink"}`), 400, "unlink from nothing")
	p.want(batch(`{"type":"unlinkAll"}`), 429, "a fourth batch in the hour")

	p.want(p.call(http.MethodDelete, menuPath+"/"+one, ""), 200, "delete the default")
	p.want(p.get(standard), 404, "the default went with it")
	p.want(p.call(http.MethodDelete, menuPath+"/"+one, ""), 404, "delete again")
	p.want(p.get(menuPath+"/"+one), 404, "get what is gone")
	if list := p.get(menuPath + "/list"); strings.Count(list.text("richmenus"), "richMenuId") != 2 {
		t.Errorf("list %s, want two menus", list.body)
	}
	p.post(standard+"/"+two, "")
	p.want(p.call(http.MethodDelete, standard, ""), 200, "cancel the default")
	p.want(p.get(standard), 404, "cancelled")
}

func TestAlias(t *testing.T) {
	p := start(t)
	bare, one, two := p.makeMenu(""), p.makeMenu(pngOf(800, 500)), p.makeMenu(pngOf(800, 500))
	create := func(alias, menu string) result {
		return p.post(menuPath+"/alias", fmt.Sprintf(`{"richMenuAliasId":%q,"richMenuId":%q}`, alias, menu))
	}
	path := menuPath + "/alias/tab-a"
	p.want(create("tab-a", bare), 400, "menu without image")
	p.want(create("TAB", one), 400, "capitals")
	p.want(create(long("a", 33), one), 400, "33 characters")
	p.want(create("tab-a", "richmenu-0"), 400, "no menu")
	p.want(create("tab-a", one), 200, "alias")
	r := create("tab-a", two)
	if p.want(r, 400, "again"); r.text("message") != "conflict richmenu alias id" {
		t.Errorf("message %q", r.text("message"))
	}
	p.want(p.post(path, fmt.Sprintf(`{"richMenuId":%q}`, two)), 200, "update")
	if got := p.get(path).text("richMenuId"); got != two {
		t.Errorf("alias of %s, want %s", got, two)
	}
	p.want(p.post(path, `{"richMenuId":"richmenu-0"}`), 400, "update to no menu")
	p.want(p.post(menuPath+"/alias/other", fmt.Sprintf(`{"richMenuId":%q}`, two)), 404, "update of none")
	if got := p.get(menuPath + "/alias/list").text("aliases"); !strings.Contains(got, "tab-a") {
		t.Errorf("aliases %s", got)
	}
	p.want(p.call(http.MethodDelete, path, ""), 200, "delete")
	p.want(p.call(http.MethodDelete, path, ""), 404, "delete again")
	p.want(p.get(path), 404, "get what is gone")
	p.want(p.call(http.MethodDelete, menuPath+"/"+one+"/content", ""), 404, "an image cannot be deleted")
}

func TestTabs(t *testing.T) {
	p := start(t)
	user := p.friend()
	tab := func(alias string) string {
		return of("richmenuswitch", "label", alias, "richMenuAliasId", alias, "data", "to="+alias)
	}
	one := p.makeMenu(pngOf(800, 500), area(0, 0, 9, 9, tab("b")), area(9, 0, 9, 9, tab("none")), area(18, 0, 9, 9, tab("gone")))
	two := p.makeMenu(pngOf(800, 500), area(0, 0, 9, 9, tab("a")))
	three := p.makeMenu(pngOf(800, 500))
	for alias, id := range map[string]string{"a": one, "b": two, "gone": three} {
		p.want(p.post(menuPath+"/alias", fmt.Sprintf(`{"richMenuAliasId":%q,"richMenuId":%q}`, alias, id)), 200, alias)
	}
	p.want(p.post("/v2/bot/user/all/richmenu/"+one, ""), 200, "default")
	p.want(p.call(http.MethodDelete, menuPath+"/"+three, ""), 200, "delete")
	for _, tt := range []struct{ label, status string }{
		{"none", "RICHMENU_ALIAS_ID_NOTFOUND"}, {"gone", "RICHMENU_NOTFOUND"}, {"b", "SUCCESS"}, {"a", "SUCCESS"},
	} {
		p.must(p.Tap(p.ctx, user, tt.label))
		got := p.hook.last(t)["postback"].(map[string]any)
		params := got["params"].(map[string]any)
		if got["data"] != "to="+tt.label || params["status"] != tt.status || params["newRichMenuAliasId"] != tt.label {
			t.Errorf("tab %s: %v, want %s", tt.label, got, tt.status)
		}
	}
	if err := p.Tap(p.ctx, user, "b"); err != nil {
		t.Errorf("back at the first tab: %v", err)
	}
	if got := p.get("/v2/bot/user/" + string(user) + "/richmenu").text("richMenuId"); got != two {
		t.Errorf("the menu that was switched to is %s, want %s", got, two)
	}
	if err := p.Tap(p.ctx, user, "b"); ward.KindOf(err) != ward.NotFound {
		t.Errorf("a tab of the other menu: %v", err)
	}
}
