package crawler

import (
	"net/url"
	"path"
	"regexp"
	"strings"

	"madoguchi/ja"
	"madoguchi/ward"
)

// attachment reads a link to a file; ok is false when it leads to a page.
func attachment(u *url.URL, label string) (a ward.Attachment, ok bool) {
	kind := fileKind(path.Ext(u.Path))
	name, said, size := splitLabel(label)
	if kind == "" {
		if said == "" || size == "" { // 「（PDF：129KB）」 behind a download script
			return a, false
		}
		kind = said
	}
	if name == "" {
		name = path.Base(u.Path)
	}
	return ward.Attachment{Href: u.String(), Label: name, Kind: kind, Size: size}, true
}

// fileKind names a file by its extension, "" when it is none that a page
// offers for reading.
func fileKind(ext string) string {
	switch strings.ToLower(ext) {
	case ".pdf":
		return "PDF"
	case ".xls", ".xlsx", ".xlsm":
		return "Excel"
	case ".doc", ".docx", ".docm":
		return "Word"
	case ".ppt", ".pptx":
		return "PowerPoint"
	case ".jtd":
		return "一太郎"
	case ".csv", ".zip", ".txt", ".rtf":
		return strings.ToUpper(ext[1:])
	}
	return ""
}

// noteRE finds what a label says of its file, on the original text:
// （PDF：129KB） [PDFファイル／1MB] （エクセル：76KB） (129KB) 【PDF 1.2MB】
var (
	noteRE = regexp.MustCompile(`(?i)\s*[（(\[［【〔<＜]\s*([^（(\[［【〔<＜）)\]］】〕>＞]{0,80}?)[\s：:／/、,，;・]*([0-9０-９][0-9０-９,，.．]*\s*(?:[KMGＫＭＧkmg]?[BＢb]|キロバイト|メガバイト|バイト))\s*[^（(\[［【〔<＜]{0,12}?[）)\]］】〕>＞]`)
	kindRE = regexp.MustCompile(`(?i)\s*[（(\[［【〔]\s*((?:PDF|ＰＤＦ|エクセル|ワード|Excel|Word|PowerPoint|パワーポイント|CSV|ZIP|一太郎)[^（）()\[\]［］【】〔〕]{0,12})[）)\]］】〕]`)
	extRE  = regexp.MustCompile(`(?i)\.(?:pdf|xlsx?|docx?|pptx?|jtd|csv|zip)$`)
)

// splitLabel parts the label of a link into name, kind and size.
func splitLabel(label string) (name, kind, size string) {
	name = label
	if m := noteRE.FindStringSubmatchIndex(label); m != nil {
		kind, size = saidKind(label[m[2]:m[3]]), strings.ReplaceAll(label[m[4]:m[5]], " ", "")
		size = strings.ToUpper(ja.Fold(size))
		name = label[:m[0]] + label[m[1]:]
	} else if m := kindRE.FindStringSubmatchIndex(label); m != nil {
		kind = saidKind(label[m[2]:m[3]])
		name = label[:m[0]] + label[m[1]:]
	}
	return strings.TrimSpace(extRE.ReplaceAllString(strings.TrimSpace(name), "")), kind, size
}

// saidKind reads the words that pages use for kinds of file.
func saidKind(s string) string {
	s = ja.Fold(s)
	for _, k := range []struct{ word, kind string }{
		{"pdf", "PDF"}, {"エクセル", "Excel"}, {"excel", "Excel"}, {"xls", "Excel"}, {"ワード", "Word"}, {"word", "Word"}, {"doc", "Word"},
		{"パワーポイント", "PowerPoint"}, {"powerpoint", "PowerPoint"}, {"csv", "CSV"}, {"zip", "ZIP"}, {"一太郎", "一太郎"}, {"テキスト", "TXT"},
	} {
		if strings.Contains(s, k.word) {
			return k.kind
		}
	}
	return ""
}
