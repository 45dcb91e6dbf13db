package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"madoguchi/data"
	"madoguchi/data/sample"
	"madoguchi/ward"
)

var passwordLine = regexp.MustCompile(`1回限りのパスワード +([a-z2-7-]{19})`)

// TestUser walks from no people at all to a person who is locked out.
func TestUser(t *testing.T) {
	t.Chdir(t.TempDir())
	person := []string{"--login", "sato", "--name", "佐藤 見本", "--role", "security-manager"}
	user := func(args ...string) string {
		t.Helper()
		out, errOut, err := command(t, append([]string{"user"}, args...)...)
		if err != nil {
			t.Fatalf("%v: %v", args, err)
		}
		if strings.Contains(errOut, "sato") {
			t.Errorf("the log names the person:\n%s", errOut)
		}
		return out
	}
	if out := user("list"); !strings.Contains(out, "まだいません") {
		t.Errorf("list without people: %s", out)
	}
	first := passwordLine.FindStringSubmatch(user(append([]string{"add"}, person...)...))
	again := passwordLine.FindStringSubmatch(user("password", "--login", "SATO"))
	if first == nil || again == nil || first[1] == again[1] {
		t.Errorf("passwords: %q, %q", first, again)
	}
	user("add", "--login", "suzuki", "--name", "鈴木 見本", "--section", "広報課", "--role", "operator")
	user("totp-reset", "--login", "suzuki")
	user("sign-out", "--login", "suzuki")
	user("dismiss", "--login", "suzuki")
	out := user("list")
	for _, want := range []string{"sato\t佐藤 見本\t未記入\t情報セキュリティ管理者", "suzuki\t鈴木 見本\t広報課\t運用担当者", "在任", "解任 20"} {
		if !strings.Contains(out, want) {
			t.Errorf("the list does not say %q:\n%s", want, out)
		}
	}
	for name, c := range map[string]struct {
		args []string
		code int
		want string
	}{
		"nothing":            {nil, 2, "add、list"},
		"another word":       {[]string{"delete"}, 2, "add、list"},
		"nobody":             {[]string{"password"}, 2, "--login"},
		"unknown":            {[]string{"password", "--login", "nobody"}, 1, "その職員はいません"},
		"no role":            {[]string{"add", "--login", "x", "--name", "x"}, 2, "--role"},
		"twice":              {append([]string{"add"}, person...), 1, "使われています"},
		"the last manager":   {[]string{"dismiss", "--login", "sato"}, 1, "最後の"},
		"a password is none": {[]string{"password", "--login", "sato", "--password", "x"}, 2, "password"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := command(t, append([]string{"user"}, c.args...)...)
			if err == nil || exitCode(err) != c.code || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, code %d; want code %d and %q", err, exitCode(err), c.code, c.want)
			}
		})
	}
}

// While the service runs it does the work. It lets no sample in.
func TestUserBesideTheService(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a service")
	}
	t.Chdir(t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	site := newVillage(t)
	service := start(t, ctx, freeAddr(t), filepath.Join(t.TempDir(), "var"), "serve", "--site-url", site.URL+"/")
	defer func() { cancel(); service.wait(t) }()
	add := []string{"user", "add", "--login", "sato", "--name", "佐藤 見本", "--role", "security-manager", "--data-dir", service.dataDir}
	out, _, err := command(t, add...)
	password := passwordLine.FindStringSubmatch(out)
	if err != nil || password == nil || !strings.Contains(out, "サービスに任せます") {
		t.Fatalf("%v\n%s", err, out)
	}
	if _, _, err := command(t, add...); err == nil || !strings.Contains(err.Error(), "使われています") {
		t.Errorf("twice: %v", err)
	}
	if strings.Contains(service.log.String(), "sato") || strings.Contains(service.log.String(), password[1]) {
		t.Errorf("the log names the person or the password:\n%s", service.log)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar}
	post := func(path string, fields url.Values) (int, string) {
		t.Helper()
		resp, err := browser.PostForm(service.counter+path, fields)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(body)
	}
	if code, body := post("/console/sign-in", url.Values{"login": {"sato"}, "password": {password[1]}}); code != http.StatusOK || !strings.Contains(body, "二段階認証を設定する") {
		t.Errorf("sign-in: %d\n%s", code, body)
	}
	for _, person := range sample.Staff() {
		if code, _ := post("/console/sign-in/sample", url.Values{"login": {person.Login}}); code != http.StatusNotFound {
			t.Errorf("a service lets %s in: %d", person.Role, code)
		}
	}
}

// The people of the demo are appointed once, by the first of them.
func TestSampleStaff(t *testing.T) {
	store, err := data.Open(t.Context(), data.Options{Dir: t.TempDir(), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	for range 2 {
		logins, err := meetStaff(t.Context(), store, sample.Staff())
		if err != nil || len(logins) != len(ward.Roles()) {
			t.Fatalf("%v, %v", logins, err)
		}
	}
	people, err := store.ListStaff(t.Context(), "", 100)
	if err != nil || len(people) != len(ward.Roles()) {
		t.Fatalf("%d people, %v", len(people), err)
	}
	for _, p := range people {
		if p.Password != "" || (p.AppointedBy == "") != (p.Role == ward.SecurityManager) {
			t.Errorf("%s is appointed by %q, or has a password", p.Role, p.AppointedBy)
		}
	}
}

// rolesTable is the table of docs/roles.md, as ward has it.
func rolesTable() string {
	var b strings.Builder
	b.WriteString("| できること |")
	for _, role := range ward.Roles() {
		fmt.Fprintf(&b, " %s |", role.Title())
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(ward.Roles())) + "\n")
	for _, a := range ward.Actions() {
		fmt.Fprintf(&b, "| %s |", a.Title())
		for _, role := range ward.Roles() {
			mark := "–"
			if role.May(a) {
				mark = "○"
			}
			fmt.Fprintf(&b, " %s |", mark)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// docs/roles.md says what the program does.
func TestRolesInTheDocs(t *testing.T) {
	const file, begin, end = "../../docs/roles.md", "<!-- table -->\n", "<!-- /table -->"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(text), begin)
	table, tail, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s has no place for the table", file)
	}
	if *update {
		if err := os.WriteFile(file, []byte(head+begin+rolesTable()+end+tail), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(rolesTable(), table); diff != "" {
		t.Errorf("the table differs from ward's; go test ./cmd/madoguchi -run Roles -update (-want +got):\n%s", diff)
	}
}
