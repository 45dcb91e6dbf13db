package console

import (
	"encoding/csv"
	"net/http"
	"strings"
)

// writeCSV answers with a file that Excel in Japan opens by a double click:
// UTF-8 with its mark, CRLF. A cell that Excel would take for a formula gets an
// apostrophe before it.
func writeCSV(w http.ResponseWriter, name string, header []string, rows [][]string) error {
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	if _, err := w.Write([]byte("\ufeff")); err != nil {
		return err
	}
	c := csv.NewWriter(w)
	c.UseCRLF = true
	for _, row := range append([][]string{header}, rows...) {
		safe := make([]string, len(row))
		for i, cell := range row {
			safe[i] = defuse(cell)
		}
		if err := c.Write(safe); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}

// defuse makes a cell text that begins as formulas do, also behind blanks.
func defuse(cell string) string {
	if at := strings.TrimLeft(cell, " \t\r\n\u3000"); at != "" && strings.ContainsRune("=+-@＝＋－＠", []rune(at)[0]) {
		return "'" + cell
	}
	if strings.HasPrefix(cell, "\t") || strings.HasPrefix(cell, "\r") {
		return "'" + cell
	}
	return cell
}
