package index

import "strings"

// kanaOf reads Latin letters as Japanese, in Hepburn or Kunrei; ok is false
// when some of them are not.
func kanaOf(latin string) (kana string, ok bool) {
	var b strings.Builder
	for latin != "" {
		n := strings.IndexAny(latin, "aiueo")
		switch {
		case latin[0] == 'n' && n != 1 && !strings.HasPrefix(latin, "ny"):
			b.WriteRune('ん')
			latin = latin[1:]
			if strings.HasPrefix(latin, "n") && (len(latin) == 1 || !strings.ContainsRune("aiueoy", rune(latin[1]))) {
				latin = latin[1:]
			}
		case len(latin) > 1 && latin[0] == latin[1] && n != 0 || strings.HasPrefix(latin, "tch"):
			b.WriteRune('っ')
			latin = latin[1:]
		default:
			if n < 0 {
				return "", false
			}
			sound := syllable(latin[:n], strings.IndexByte("aiueo", latin[n]))
			if sound == "" {
				return "", false
			}
			b.WriteString(sound)
			latin = latin[n+1:]
		}
	}
	return b.String(), true
}

// syllable is a consonant with one of the five vowels; "" when there is none.
func syllable(consonant string, vowel int) string {
	if row := row(consonant); row != "" {
		return string([]rune(row)[vowel])
	}
	head := map[string]rune{
		"ky": 'き', "gy": 'ぎ', "sy": 'し', "sh": 'し', "j": 'じ', "jy": 'じ', "zy": 'じ', "ty": 'ち', "ch": 'ち', "cy": 'ち',
		"ny": 'に', "hy": 'ひ', "by": 'び', "py": 'ぴ', "my": 'み', "ry": 'り',
	}[consonant]
	switch {
	case vowel == 2 && consonant == "ts":
		return "つ"
	case vowel == 2 && consonant == "f":
		return "ふ"
	case head == 0:
		return ""
	case vowel == 1:
		return string(head)
	}
	return string(head) + string([]rune("ゃぃゅぇょ")[vowel])
}

func row(consonant string) string {
	switch consonant {
	case "":
		return "あいうえお"
	case "k":
		return "かきくけこ"
	case "s":
		return "さしすせそ"
	case "t":
		return "たちつてと"
	case "n":
		return "なにぬねの"
	case "h":
		return "はひふへほ"
	case "m":
		return "まみむめも"
	case "y":
		return "やいゆえよ"
	case "r":
		return "らりるれろ"
	case "w":
		return "わいうえお"
	case "g":
		return "がぎぐげご"
	case "z":
		return "ざじずぜぞ"
	case "d":
		return "だぢづでど"
	case "b":
		return "ばびぶべぼ"
	case "p":
		return "ぱぴぷぺぽ"
	}
	return ""
}
