package bot

import (
	"fmt"

	"madoguchi/ward"
)

// Every sentence a resident can read that is not text of the ward's pages.
// Plain and polite; short sentences; nothing that promises more than is done.
const (
	phraseGreeting      = "こんにちは。区の手続きやくらしのことをお答えします。知りたいことを、文で書いてください。"
	phraseGreetingNamed = "こんにちは。%sの手続きやくらしのことをお答えします。知りたいことを、文で書いてください。"
	phraseMenu          = "知りたいことを文で書くか、下から選んでください。"
	phraseHelp          = "知りたいことを、ふだんの言葉で書いてください。例：「引っ越してきたときの手続き」「粗大ごみの出し方」\n" +
		"区のホームページにあることを、そのままお見せします。古くなっていないか、ページの更新日も見てください。\n" +
		"「もどる」で一つ前へ、「はじめから」で最初へ、「メニュー」でメニューへ、「やめる」で終わります。\n" +
		"名前、住所、電話番号などは書かないでください。"
	phraseStopped = "わかりました。ここで終わります。また聞きたいことがあれば、いつでも書いてください。"
	phraseWelcome = "どういたしまして。ほかにも知りたいことがあれば、書いてください。"
	phraseOK      = "はい。知りたいことがあれば、文で書いてください。"
	phraseNoWords = "すみません、読み取れませんでした。知りたいことを、文で書いてください。"
	phraseTooLong = "文が長いので、はじめの300文字だけを読みました。"

	phrasePersonal = "名前、住所、電話番号などの個人情報は、ここには書かないでください。個人情報がなくても、お答えできます。"

	phraseHelpful = "この答えは、役に立ちましたか。"
	phraseMore    = "このページには、続きがあります。"
	phraseNoText  = "この資料の中身は、ここに出せません。ページを開いて、ご覧ください。"
	phraseWhich   = "近いページがいくつかあります。どれについて知りたいですか。"
	phraseOthers  = "ほかにも近いページがあります。"
	phraseThanks  = "ありがとうございます。ほかにも知りたいことがあれば、書いてください。"
	phraseSorry   = "お役に立てず、すみません。"
	phraseNothing = "すみません。区のホームページの中に、答えが見つかりませんでした。"

	phraseOpinion = "ご意見をありがとうございます。ここでは、ご意見や苦情に一つずつお返事することができません。"
	phraseContact = "区へのご意見やお問い合わせは、こちらで受け付けています。"

	phraseContactBoth  = "「区へのご意見・お問い合わせ」のページか、電話%sへお問い合わせください。"
	phraseContactURL   = "「区へのご意見・お問い合わせ」のページから、お問い合わせください。"
	phraseContactPhone = "電話%sへお問い合わせください。"
	phraseContactNone  = "区役所の窓口へお問い合わせください。"

	phraseBrowseTop  = "どの分類を見ますか。"
	phraseBrowse     = "「%s」の中です。どれを見ますか。"
	phraseNoCategory = "分類はまだありません。知りたいことを、文で書いてください。"

	phraseGone        = "すみません。この選択肢は、もう使えません。もう一度、知りたいことを書くか、下から選んでください。"
	phraseUnavailable = "すみません。今、お答えすることができません。しばらくしてから、もう一度お試しください。"
)

// Words on the choices, at most 20 characters each, and what joins page text.
const (
	labelYes     = "はい"
	labelNo      = "いいえ"
	labelMore    = "続きを読む"
	labelOthers  = "ほかの候補を見る"
	labelNone    = "どれでもない"
	labelNext    = "ほかを見る"
	labelUp      = "一つ上の分類"
	labelBrowse  = "分類から探す"
	labelMenu    = "メニュー"
	labelHelp    = "使い方"
	labelContact = "ご意見・お問い合わせ"

	titleContact  = "区へのご意見・お問い合わせ"
	titleJoin     = " ＞ "
	labelEllipsis = "…"
	labelOpen     = "（"
	labelClose    = "）"
)

// named is a phrase with the ward's name where it is known.
func (t *turn) named(plain, withName string) string {
	if t.WardName == "" {
		return plain
	}
	return fmt.Sprintf(withName, t.WardName)
}

// withContact says something and where to turn to.
func (t *turn) withContact(phrase string) ward.Reply {
	r := ward.Reply{Choices: t.waysOn()}
	c := t.Contact
	switch {
	case c.URL != "" && c.Phone != "":
		r.Text = phrase + fmt.Sprintf(phraseContactBoth, c.Phone)
	case c.URL != "":
		r.Text = phrase + phraseContactURL
	case c.Phone != "":
		r.Text = phrase + fmt.Sprintf(phraseContactPhone, c.Phone)
	default:
		r.Text = phrase + phraseContactNone
	}
	if c.URL != "" {
		r.Source = &ward.Source{Title: titleContact, URL: c.URL, Phone: c.Phone}
	}
	return r
}

// waysOn are offered where a conversation would otherwise end.
func (t *turn) waysOn() []ward.Choice {
	return []ward.Choice{choice(labelBrowse, "browse.level", ""), choice(labelMenu, "counter.menu", "")}
}
