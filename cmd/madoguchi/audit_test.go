package main

import (
	"path/filepath"
	"strings"
	"testing"

	"madoguchi/data"
	"madoguchi/ward"
)

func TestAuditVerify(t *testing.T) {
	t.Chdir(t.TempDir())
	dir := filepath.Join(t.TempDir(), "var")
	verify := func(args ...string) (string, error) {
		out, _, err := command(t, append([]string{"audit", "verify", "--data-dir", dir}, args...)...)
		return out, err
	}
	if _, err := verify(); exitCode(err) != 1 || !strings.Contains(err.Error(), "操作の記録がありません") {
		t.Errorf("without data: %v", err)
	}
	store, err := data.Open(t.Context(), data.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if out, err := verify(); err != nil || !strings.Contains(out, "まだありません") { // beside who has the directory
		t.Errorf("nothing yet: %s %v", out, err)
	}
	for range 3 {
		if err := store.Audit(t.Context(), ward.AuditEntry{Actor: ward.System(), Action: "index-refused", Detail: "索引を入れ替えませんでした。"}); err != nil {
			t.Fatal(err)
		}
	}
	out, err := verify()
	lines := strings.Split(strings.TrimSpace(out), "\n")
	head := lines[len(lines)-1]
	if err != nil || !strings.Contains(out, "3 件") || !strings.HasPrefix(head, "3:") {
		t.Fatalf("verify: %v\n%s", err, out)
	}
	if _, err := verify("--head", head); err != nil {
		t.Errorf("with its own head: %v", err)
	}
	wrong := "3:" + strings.Repeat("0", 64)
	if _, err := verify("--head", wrong); exitCode(err) != 1 || !strings.Contains(err.Error(), "3番") {
		t.Errorf("with another head: %v", err)
	}
	for _, args := range [][]string{{"audit"}, {"audit", "erase"}, {"audit", "verify", "--head", "3"}} {
		if _, _, err := command(t, args...); exitCode(err) != 2 {
			t.Errorf("%v: %v", args, err)
		}
	}
}
