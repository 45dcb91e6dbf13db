package data

import (
	"context"
	"database/sql"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// LimitPages keeps the records from growing, for tests of a full disk.
func LimitPages(s *Store, pages int) error {
	_, err := s.records.writer.Exec(fmt.Sprintf("PRAGMA max_page_count = %d", pages))
	return err
}

// MoveClock makes the clock that is held against PostgreSQL's go wrong.
func MoveClock(s *Store, by time.Duration) {
	s.records.worker.now = func() time.Time { return time.Now().Add(by) }
}

// statements gives each constant of the named type, by name.
func statements(t *testing.T, typ string) map[string]string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, name := range files {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			v, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			if id, ok := v.Type.(*ast.Ident); ok && id.Name == typ {
				text, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
				if err != nil {
					t.Fatal(err)
				}
				all[v.Names[0].Name] = text
			}
			return true
		})
	}
	return all
}

func TestEveryStatementPrepares(t *testing.T) {
	s, err := Open(t.Context(), Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	PrepareAll(t, s)
}

// PrepareAll has the store's engine prepare every statement of the package.
func PrepareAll(t *testing.T, s *Store) {
	t.Helper()
	types := map[string]*sql.DB{"recordSQL": s.records.writer, "sessionSQL": s.sessions.db.writer}
	if s.records.listener != nil {
		types["postgresSQL"] = s.records.writer
	}
	for typ, db := range types {
		all := statements(t, typ)
		if len(all) < 5 {
			t.Errorf("found only %d statements of type %s", len(all), typ)
		}
		for name, text := range all {
			stmt, err := db.PrepareContext(context.Background(), text)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			stmt.Close()
			if strings.Contains(text, "?") {
				t.Errorf("%s: placeholders are $n", name)
			}
		}
	}
}

func TestTablesAreStrict(t *testing.T) {
	s, err := Open(t.Context(), Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, db := range []*sql.DB{s.records.reader, s.sessions.db.reader} {
		var loose int
		err := db.QueryRow(`SELECT count(*) FROM pragma_table_list
			WHERE schema = 'main' AND type = 'table' AND strict = 0 AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'goose_%'`).Scan(&loose)
		if err != nil || loose != 0 {
			t.Errorf("%d tables are not STRICT (%v)", loose, err)
		}
	}
}

func TestReadersCannotWrite(t *testing.T) {
	s, err := Open(t.Context(), Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for name, db := range map[string]*sql.DB{"records": s.records.reader, "sessions": s.sessions.db.reader} {
		if _, err := db.Exec("CREATE TABLE x (y)"); err == nil {
			t.Errorf("%s: a reader wrote", name)
		}
	}
	for db, want := range map[*sql.DB]int{s.records.writer: 2, s.sessions.db.writer: 1} { // FULL, NORMAL
		var got int
		if err := db.QueryRow("PRAGMA synchronous").Scan(&got); err != nil || got != want {
			t.Errorf("synchronous is %d, want %d (%v)", got, want, err)
		}
	}
}
