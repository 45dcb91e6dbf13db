package crawler

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"madoguchi/ward"
)

func TestSectionName(t *testing.T) {
	for line, want := range map[string]string{
		"このページは環境部清掃課が担当しています。":      "環境部清掃課",
		"所属課室：厚生部生活衛生課":              "厚生部生活衛生課",
		"担当課: 市民課　電話 03-0000-1111":   "市民課",
		"見本市役所 健康福祉部 保健所 保健衛生課 （直通）": "見本市役所 健康福祉部 保健所 保健衛生課",
		"市民部 市民課〒000-0000 見本市中央1-1":  "市民部 市民課",
		"中央図書館":  "中央図書館",
		"お問い合わせ": "",
		"このページに関するお問い合わせ":          "",
		"〒000-0000 見本市中央1丁目1番1号":   "",
		"見本市中央1丁目1番1号 市役所2階":       "",
		"電話番号：03-0000-1111":        "",
		"お問い合わせは専用フォームをご利用ください。":   "",
		"見本県庁(法人番号 1000020410004）": "",
		"見本市役所": "",
		strings.Repeat("とても長い名前の", 10) + "課": "",
	} {
		if got := sectionName(line); got != want {
			t.Errorf("sectionName(%q) = %q, want %q", line, got, want)
		}
	}
}

func TestPhoneIn(t *testing.T) {
	for _, c := range []struct {
		lines []string
		want  string
	}{
		{[]string{"電話：03-0000-1111", "ファクス：03-0000-1112"}, "03-0000-1111"},
		{[]string{"ファクス番号：03-0000-1112", "電話番号：03-0000-1111"}, "03-0000-1111"},
		{[]string{"FAX：", "03-0000-1112", "TEL：", "03-0000-1111"}, "03-0000-1111"},
		{[]string{"電話０３－００００－１１１１（内線 23）"}, "03-0000-1111"},
		{[]string{"電話:", "000-000-0000"}, "000-000-0000"},
		{[]string{"〒000-0000"}, ""},
		{[]string{"FAX 03-0000-1112"}, ""},
		{nil, ""},
	} {
		if got := phoneIn(c.lines); got != c.want {
			t.Errorf("phoneIn(%q) = %q, want %q", c.lines, got, c.want)
		}
	}
}

func TestAttachment(t *testing.T) {
	for _, c := range []struct {
		href, label string
		want        ward.Attachment
	}{
		{"/d/1/a.pdf", "申請書（PDF：129KB）", ward.Attachment{Label: "申請書", Kind: "PDF", Size: "129KB"}},
		{"/d/1/a.pdf", "申請書（PDF：2,031KB）", ward.Attachment{Label: "申請書", Kind: "PDF", Size: "2,031KB"}},
		{"/d/1/a.pdf", "申請書 [PDFファイル／1.2MB]", ward.Attachment{Label: "申請書", Kind: "PDF", Size: "1.2MB"}},
		{"/d/1/a.xlsx", "様式（エクセル：76KB）", ward.Attachment{Label: "様式", Kind: "Excel", Size: "76KB"}},
		{"/d/1/a.docx", "様式（ワード：２０ＫＢ）", ward.Attachment{Label: "様式", Kind: "Word", Size: "20KB"}},
		{"/d/1/a.pdf", "案内 (PDFファイル: 231.4KB)", ward.Attachment{Label: "案内", Kind: "PDF", Size: "231.4KB"}},
		{"/d/1/a.pdf", "申請書 （PDF 76.3KB）", ward.Attachment{Label: "申請書", Kind: "PDF", Size: "76.3KB"}},
		{"/d/1/a.pdf", "申請書(PDF形式, 129.10KB)", ward.Attachment{Label: "申請書", Kind: "PDF", Size: "129.10KB"}},
		{"/d/1/a.pdf", "申請書 (ファイル名：shinseisho_no_long_name_2026.pdf サイズ：76.5KB)", ward.Attachment{Label: "申請書", Kind: "PDF", Size: "76.5KB"}},
		{"/d/1/a.pdf", "料金表.pdf(129KB)", ward.Attachment{Label: "料金表", Kind: "PDF", Size: "129KB"}},
		{"/d/1/a.pdf", "様式（第1号）（PDF：1KB）", ward.Attachment{Label: "様式（第1号）", Kind: "PDF", Size: "1KB"}},
		{"/d/1/a.pdf", "様式（PDF）", ward.Attachment{Label: "様式", Kind: "PDF"}},
		{"/d/1/a.PDF", "様式（第1号）", ward.Attachment{Label: "様式（第1号）", Kind: "PDF"}},
		{"/d/1/a.pdf", "", ward.Attachment{Label: "a.pdf", Kind: "PDF"}},
		{"/download.php?id=3", "申請書（PDF：129KB）", ward.Attachment{Label: "申請書", Kind: "PDF", Size: "129KB"}},
	} {
		u := &url.URL{Scheme: "https", Host: "www.city.mihon.example"}
		u, err := u.Parse(c.href)
		if err != nil {
			t.Fatal(err)
		}
		c.want.Href = u.String()
		got, ok := attachment(u, c.label)
		if diff := cmp.Diff(c.want, got); diff != "" || !ok {
			t.Errorf("%s %q (-want +got):\n%s", c.href, c.label, diff)
		}
	}
	for _, href := range []string{"/a.html", "/x/", "/a.jpg", "/a.php?f=a.pdf"} {
		u, err := url.Parse(href)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := attachment(u, "ページ（第1号）"); ok {
			t.Errorf("%s is no file: %+v", href, got)
		}
	}
}
