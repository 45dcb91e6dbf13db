package sim_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"madoguchi/bot/line/sim"
)

// counter is a small bot that answers by the API, before it answers the
// webhook.
type counter struct {
	t   *testing.T
	api string
}

const (
	quick = `"quickReply":{"items":[
		{"type":"action","action":{"type":"message","label":"ごみの日","text":"ごみの日は？"}},
		{"type":"action","action":{"type":"postback","label":"住民票","data":"juminhyo","displayText":"住民票"}},
		{"type":"action","action":{"type":"datetimepicker","label":"日を選ぶ","data":"day","mode":"date","min":"2026-04-01","max":"2026-12-28"}},
		{"type":"action","action":{"type":"location","label":"場所を送る"}},
		{"type":"action","action":{"type":"camera","label":"写真をとる"}}]}`
	answerBubble = `{"type":"flex","altText":"ごみの収集日。燃やすごみは週2回です。","contents":{"type":"bubble",
		"body":{"type":"box","layout":"vertical","spacing":"md","contents":[
			{"type":"text","text":"ごみと資源の収集日","weight":"bold","size":"lg","wrap":true},
			{"type":"text","text":"燃やすごみは週2回、燃やさないごみは月2回、資源は週1回、朝8時までに決められた場所に出してください。","wrap":true},
			{"type":"box","layout":"baseline","spacing":"sm","contents":[
				{"type":"text","text":"更新日","size":"sm","color":"#51616A","flex":2},{"type":"text","text":"2026年4月1日","size":"sm","color":"#51616A","flex":7,"wrap":true}]},
			{"type":"box","layout":"baseline","spacing":"sm","contents":[
				{"type":"text","text":"担当","size":"sm","color":"#51616A","flex":2},{"type":"text","text":"清掃事務所 作業係","size":"sm","color":"#51616A","flex":7,"wrap":true}]}]},
		"footer":{"type":"box","layout":"vertical","spacing":"md","contents":[
			{"type":"button","style":"primary","color":"#1C5A78","height":"sm","action":{"type":"uri","label":"ページを開く","uri":"https://www.city.example.lg.jp/gomi"}},
			{"type":"button","style":"secondary","height":"sm","action":{"type":"uri","label":"電話する","uri":"tel:0300000001"}},
			{"type":"separator","margin":"md"},
			{"type":"text","text":"お役に立ちましたか。","size":"sm","wrap":true,"margin":"md"},
			{"type":"box","layout":"horizontal","spacing":"md","contents":[
				{"type":"button","style":"secondary","height":"sm","flex":1,"action":{"type":"postback","label":"はい","data":"yes","displayText":"はい"}},
				{"type":"button","style":"secondary","height":"sm","flex":1,"action":{"type":"postback","label":"いいえ","data":"no","displayText":"いいえ"}}]}]}}}`
	confirm  = `{"type":"template","altText":"予約しますか","template":{"type":"confirm","text":"予約しますか","actions":[{"type":"message","label":"予約する","text":"予約する"},{"type":"postback","label":"やめる","data":"stop"}]}}`
	carousel = `{"type":"template","altText":"施設","template":{"type":"carousel","columns":[
		{"title":"図書館","text":"本を借りる","actions":[{"type":"postback","label":"図書館を選ぶ","data":"library"}]},
		{"title":"体育館","text":"体を動かす","actions":[{"type":"postback","label":"体育館を選ぶ","data":"gym"}]}]}}`
)

func line(text string) string { return fmt.Sprintf(`{"type":"text","text":%q}`, text) }

// answers are the messages for an event.
func answers(e map[string]any) string {
	switch e["type"] {
	case "follow":
		return `{"type":"text","text":"見本区の窓口です。知りたいことを書くか、下から選んでください。お名前や住所は書かないでください。",` + quick + `}`
	case "postback":
		p := e["postback"].(map[string]any)
		params, _ := p["params"].(map[string]any)
		switch {
		case params["date"] != nil:
			return line(fmt.Sprint("選んだ日は", params["date"], "です。"))
		case params["status"] != nil:
			return ""
		}
		return line("選ばれたのは" + p["data"].(string) + "です。")
	case "message":
		m := e["message"].(map[string]any)
		switch m["type"] {
		case "text":
			switch m["text"] {
			case "ごみの日は？":
				return answerBubble
			case "予約":
				return confirm
			case "施設":
				return carousel
			case "日":
				return `{"type":"text","text":"いつですか。",` + quick + `}`
			}
			return line("「" + m["text"].(string) + "」ですね。")
		case "location":
			return line(fmt.Sprintf("場所は%.4fです。", m["latitude"]))
		}
		return line(map[string]string{"image": "写真を受け取りました。", "sticker": "スタンプをありがとうございます。", "audio": "音声は聞けません。", "file": "ファイルは読めません。"}[m["type"].(string)])
	}
	return ""
}

func (c *counter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var in struct{ Events []map[string]any }
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		c.t.Errorf("webhook: %v", err)
	}
	for _, e := range in.Events {
		token, _ := e["replyToken"].(string)
		if messages := answers(e); messages != "" && token != "" {
			if status, body := c.call("/v2/bot/message/reply", "application/json", []byte(replyBody(token, messages))); status != http.StatusOK {
				c.t.Logf("reply: %d %s", status, body)
			}
		}
	}
}

// call makes a POST to the API.
func (c *counter) call(path, contentType string, body []byte) (status int, answer map[string]any) {
	req, err := http.NewRequest(http.MethodPost, c.api+path, bytes.NewReader(body))
	if err != nil {
		c.t.Error(err)
		return 0, nil
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", contentType)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil // a scripted fault
	}
	defer res.Body.Close()
	b, _ := io.ReadAll(res.Body)
	_ = json.Unmarshal(b, &answer)
	return res.StatusCode, answer
}

// city is a Sim with the counter, at an address of its own.
func city(t *testing.T) (*sim.Sim, *counter, *httptest.Server) {
	t.Helper()
	c := &counter{t: t}
	webhook := httptest.NewServer(c)
	t.Cleanup(webhook.Close)
	s, err := sim.New(sim.Options{
		WebhookURL: webhook.URL, Secret: secret, Token: token, Name: "見本区 窓口",
		Now: time.Now, Log: quiet,
	})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/sim/", http.StripPrefix("/sim", s.Page()))
	mux.Handle("/", s.API())
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	t.Cleanup(s.Close)
	c.api = server.URL
	return s, c, server
}

// menu makes a rich menu with an image and an alias.
func (c *counter) menu(alias, areas string, image []byte) (id string) {
	c.t.Helper()
	body := fmt.Sprintf(`{"size":{"width":1250,"height":843},"selected":true,"name":%q,"chatBarText":"メニュー","areas":[%s]}`, alias, areas)
	status, made := c.call("/v2/bot/richmenu", "application/json", []byte(body))
	id, _ = made["richMenuId"].(string)
	if status != http.StatusOK {
		c.t.Fatalf("create rich menu: %d %v", status, made)
	}
	if status, answer := c.call("/v2/bot/richmenu/"+id+"/content", "image/png", image); status != http.StatusOK {
		c.t.Fatalf("upload rich menu: %d %v", status, answer)
	}
	if status, answer := c.call("/v2/bot/richmenu/alias", "application/json", []byte(fmt.Sprintf(`{"richMenuAliasId":%q,"richMenuId":%q}`, alias, id))); status != http.StatusOK {
		c.t.Fatalf("alias: %d %v", status, answer)
	}
	return id
}
