package line

// What stands around the replies, in LINE only. Every other sentence that a
// resident reads here comes with the replies.
const (
	labelOpenPage = "ページを開く"
	labelCall     = "電話する"
	labelUpdated  = "更新日"
	labelSection  = "担当"
	labelPhone    = "電話"

	phraseByNumber = "番号を書いても選べます。"
	phraseSeePage  = "くわしくは、ページをご覧ください。" // read aloud where the passage stands above

	ellipsis = "…"
)
