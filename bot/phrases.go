package bot

import (
	"fmt"

	"madoguchi/ward"
)

// Every sentence a resident can read that is not text of the ward's pages.
// Plain and polite; short sentences; nothing that promises more than is done.
const (
	phraseGreeting      = "こんにちは。区の手続きやくらしのことを、区のホームページの中から探してお答えします。知りたいことを、ふだんの言葉で書いてください。"
	phraseGreetingNamed = "こんにちは。%sの手続きやくらしのことを、区のホームページの中から探してお答えします。知りたいことを、ふだんの言葉で書いてください。"
	phraseMenu          = "知りたいことを文で書くか、下から選んでください。"
	phraseExample       = "例：「引っ越してきたときの手続き」「粗大ごみの出し方」"
	phraseHelp          = "知りたいことを、ふだんの言葉で書いてください。" + phraseExample +
		"\n区のホームページにあることを、そのままお見せします。古くなっていないか、ページの更新日も見てください。\n" +
		"「もどる」と書くと一つ前へ、「はじめから」で最初へ、「メニュー」でメニューへ行きます。「やめる」で終わります。\n" +
		"名前、住所、電話番号などは書かないでください。"
	phraseStopped  = "わかりました。ここで終わります。また聞きたいことがあれば、いつでも書いてください。"
	phraseWelcome  = "どういたしまして。ほかにも知りたいことがあれば、書いてください。"
	phraseBye      = "ありがとうございました。また聞きたいことがあれば、いつでも書いてください。"
	phraseChat     = "すみません。ここでお答えできるのは、区のホームページにあることだけです。知りたいことを、文で書いてください。" + phraseExample
	phraseOK       = "はい。知りたいことがあれば、文で書いてください。"
	phraseNoWords  = "すみません、読み取れませんでした。知りたいことを、文で書いてください。"
	phraseNoNumber = "その番号は、今の選択肢にありません。"
	phraseTooLong  = "文が長いので、はじめの300文字だけを読みました。"

	phrasePersonal = "名前、住所、電話番号などの個人情報は、ここには書かないでください。書かなくても、お調べできます。"

	phraseHelpful   = "この答えは、役に立ちましたか。"
	phraseMore      = "このページには、続きがあります。"
	phraseNoText    = "この資料の中身は、ここではお見せできません。ページを開いて、ご覧ください。"
	phraseWhich     = "近いページがいくつかあります。どれについて知りたいですか。"
	phraseWhichKind = "いくつかあります。どの「%s」について知りたいですか。"
	phraseOthers    = "ほかにも近いページがあります。"
	phraseThanks    = "ありがとうございます。ほかにも知りたいことがあれば、書いてください。"
	phraseSorry     = "お役に立てず、すみません。"
	phraseNothing   = "すみません。区のホームページの中に、答えが見つかりませんでした。別の言葉で書くと、見つかることがあります。それでも見つからないときは、"

	phraseWithheld = "申し訳ありません。このことについては、いま、ここでのご案内を止めています。お手数ですが、"

	phraseOpinion = "ご意見をありがとうございます。すみませんが、ここに書かれたご意見は職員に届かず、お返事もできません。お手数ですが、"
	phraseContact = "区へのご意見やお問い合わせの窓口を、ご案内します。"

	phraseContactBoth  = "「区へのご意見・お問い合わせ」のページか、電話%sへお問い合わせください。"
	phraseContactURL   = "「区へのご意見・お問い合わせ」のページから、お問い合わせください。"
	phraseContactPhone = "電話%sへお問い合わせください。"
	phraseContactNone  = "区役所の窓口へお問い合わせください。"

	phraseBrowseTop  = "どの分類を見ますか。"
	phraseBrowse     = "「%s」の中です。どれを見ますか。"
	phraseNoCategory = "分類はまだありません。知りたいことを、文で書いてください。"

	phraseGone        = "すみません。そのボタンは、もう使えません。もう一度、知りたいことを書くか、下から選んでください。"
	phraseUnavailable = "すみません。今、お答えすることができません。しばらくしてから、もう一度お試しください。"
	phraseIfUrgent    = "お急ぎのときは、"

	phraseWaysOut = "「もどる」「やめる」と書くこともできます。"
	phraseGivenUp = "わかりました。ここでやめます。途中までの入力は、消しました。"
	phraseUnsent  = "メッセージの送信を取り消されたので、途中までの入力も消しました。続きをするときは、お手数ですが、もう一度はじめからお願いします。"
	phraseLate    = "時間がたったので、途中までの入力は消えました。続きをするときは、お手数ですが、もう一度はじめからお願いします。"
)

// What is read first where somebody is in danger.
const (
	phraseFire  = "火事、大けが、急な病気のときは、すぐに119番へ電話してください。ここに書いても、消防や救急には伝わりません。"
	phraseCrime = "事件や事故のときは、すぐに110番へ電話してください。ここに書いても、警察には伝わりません。"

	titleFire  = "火事・救急は119番"
	titleCrime = "事件・事故は110番"
	phoneFire  = "119"
	phoneCrime = "110"
)

// What is said to a day that cannot be chosen, and how days are written.
const (
	phraseNoDay       = "日付が読み取れませんでした。「2026年4月1日」のように書いてください。"
	phraseDaysFrom    = "%sからの日を選んでください。"
	phraseDaysUntil   = "%sまでの日を選んでください。"
	phraseDaysBetween = "%sから%sまでの日を選んでください。"
	labelPickDay      = "日付を選ぶ"

	dayAsRead  = "2006年1月2日"
	yearBefore = "%d年"
)

// What is said to what is neither words nor a tap. Nobody sees a photo that is
// sent, and a resident who thinks otherwise waits for a hole to be mended.
const (
	phraseUnseen = "すみません。ここでは、%sを見ることができません。職員にも届いていません。知りたいことは、文で書いてください。" +
		"区に知らせたいことがあるときは、"
	phraseUnheard  = "すみません。ここでは、声を聞くことができません。知りたいことは、文で書いてください。書くのがむずかしいときは、"
	phraseLocation = "すみません。ここでは、送られた場所からお調べすることができません。「図書館の場所」のように、知りたいことを文で書いてください。"
	phraseSticker  = "スタンプ、ありがとうございます。知りたいことがあれば、文で書いてください。"

	nameImage = "写真"
	nameVideo = "動画"
	nameFile  = "ファイル"
)

// What a new friend in LINE reads: with the guide (phraseHelp) and what the
// ward's guideline says of emergencies, opinions (art. 6), LINE's own terms
// (art. 9-2), liability and changes (art. 11).
const (
	phraseJoined      = "友だち追加、ありがとうございます。区の手続きやくらしのことを、区のホームページの中から探してお答えします。"
	phraseJoinedNamed = "友だち追加、ありがとうございます。%sの手続きやくらしのことを、区のホームページの中から探してお答えします。"
	phraseTerms       = "お使いになる前に、お読みください。\n" +
		"・火事や救急は119番、事件や事故は110番へ、電話してください。ここでは受け付けられません。\n" +
		"・答えは、機械が自動で出しています。ここに書かれたご意見などに、職員がお返事することはありません。\n" +
		"・答えられなかった質問は、案内をよくするために、職員が見ることがあります。\n" +
		"・このLINEをお使いの方は、LINEの「利用規約」に同意されたものとします。\n" +
		"・このLINEを使ったことで、使った方やほかの方に、直接または間接の損失が生じても、区は一切責任を負いません。\n" +
		"・区は、予告なく、運用方針や運用のしかたを変えたり、運用を止めたりすることがあります。"
	phraseTermsPage = "\nくわしい決まりは、ページをご覧ください。"
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
	labelBack    = "もどる"
	labelStop    = "やめる"
	labelResume  = "入力を続ける"

	titleWithheld  = "このことの問い合わせ先"
	titleContact   = "区へのご意見・お問い合わせ"
	titleSite      = "区のホームページ"
	titleSiteNamed = "%sのホームページ"
	titleTerms     = "このLINEを使うときの決まり"
	titleJoin      = " ＞ "
	labelEllipsis  = "…"
	labelOpen      = "（"
	labelClose     = "）"
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
	if _, waits := t.waiting(); waits && !t.forgetful {
		return nil // goOn goes on
	}
	return []ward.Choice{choice(labelBrowse, "browse.level", ""), choice(labelMenu, "counter.menu", "")}
}
