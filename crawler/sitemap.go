package crawler

import (
	"bytes"
	"encoding/xml"
	"strings"

	"golang.org/x/net/html/charset"
)

// maxSitemapAddresses is the protocol's own limit for one file.
const maxSitemapAddresses = 50_000

// sitemapAddresses lists the addresses of a sitemap or of a sitemap index, as
// far as the file can be read. lastmod is not looked at: sites set it for a
// folder months after, or before, its pages change.
func sitemapAddresses(body []byte) (found []string) {
	d := xml.NewDecoder(bytes.NewReader(body))
	d.CharsetReader, d.Strict = charset.NewReaderLabel, false
	inLoc := false
	for len(found) < maxSitemapAddresses {
		token, err := d.Token()
		if err != nil {
			return found
		}
		switch t := token.(type) {
		case xml.StartElement:
			inLoc = t.Name.Local == "loc" && !strings.Contains(t.Name.Space, "image") && !strings.Contains(t.Name.Space, "video")
		case xml.CharData:
			if inLoc {
				found = append(found, string(t))
			}
		case xml.EndElement:
			inLoc = false
		}
	}
	return found
}
