package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"madoguchi/data"
	"madoguchi/ward"
	"madoguchi/web/console"
)

// usersPerRead is how many people are read from the store at once.
const usersPerRead = 200

// userWords are what `user` can do; all but add and list take a login.
func userWords() []string {
	return []string{"add", "list", "password", "totp-reset", "sign-out", "dismiss"}
}

// user makes the first person of the console, and helps who is locked out. The
// service does it where one runs. Passwords are made here and printed; none is
// ever taken.
func user(ctx context.Context, env environment, args []string) error {
	var cfg config
	fs := flag.NewFlagSet("user", flag.ContinueOnError)
	fields := url.Values{}
	for name, usage := range map[string]string{
		"login": "ログイン名", "name": "氏名", "section": "所属", "role": "役割（" + strings.Join(roleNames(), "、") + "）",
	} {
		fs.Func(name, usage, func(value string) error { fields.Set(name, value); return nil })
	}
	words, args := leadingNames(args)
	if err := cfg.load(fs, env, args); err != nil {
		return err
	}
	if words = append(words, fs.Args()...); len(words) != 1 || !slices.Contains(userWords(), words[0]) {
		return invalidf("madoguchi user のあとには %s のどれかを書いてください", strings.Join(userWords(), "、"))
	}
	if words[0] != "list" && fields.Get("login") == "" {
		return invalidf("だれのことかを --login で書いてください")
	}
	fields.Set("do", words[0])
	store, err := data.Open(ctx, data.Options{Dir: cfg.dataDir, DatabaseURL: string(cfg.databaseURL), Log: cfg.logger(env.stderr)})
	if ward.KindOf(err) == ward.Conflict {
		return handOverForm(ctx, &cfg, "/user", fields, err, env.stdout)
	}
	if err != nil {
		return err
	}
	return errors.Join(doUser(ctx, store, fields, env.stdout), store.Close())
}

func roleNames() (names []string) {
	for _, role := range ward.Roles() {
		names = append(names, string(role))
	}
	return names
}

// controlUser is user in the running service.
func (c *counter) controlUser(w http.ResponseWriter, r *http.Request) {
	out := lineWriter{w}
	if err := r.ParseForm(); err != nil {
		out.end(err)
		return
	}
	err := doUser(r.Context(), c.store, r.PostForm, out)
	if err != nil {
		err = errors.New(sentence(err))
	}
	out.end(err)
}

// doUser does what the fields say.
func doUser(ctx context.Context, store *data.Store, fields url.Values, out io.Writer) error {
	switch fields.Get("do") {
	case "list":
		return listUsers(ctx, store, out)
	case "add":
		return addUser(ctx, store, fields, out)
	}
	c, err := store.Credentials(ctx, fields.Get("login"))
	if err != nil {
		return err
	}
	said := ""
	switch fields.Get("do") {
	case "password":
		password, hash := console.OneTimePassword()
		if err := store.SetStaffPassword(ctx, data.CommandLine(), c.ID, hash); err != nil {
			return err
		}
		return printPassword(out, c.Login, password)
	case "totp-reset":
		err, said = store.ResetStaffTOTP(ctx, data.CommandLine(), c.ID), "二段階認証を取り消しました。次に入るときに設定し直します。"
	case "sign-out":
		err, said = store.SignOutStaff(ctx, data.CommandLine(), c.ID), "すべての画面から出しました。"
	case "dismiss":
		err, said = store.DismissStaff(ctx, data.CommandLine(), c.ID, c.Version), "役割を解きました。"
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, c.Login+": "+said)
	return err
}

func addUser(ctx context.Context, store *data.Store, fields url.Values, out io.Writer) error {
	person := ward.Staff{Login: fields.Get("login"), Name: fields.Get("name"), Section: fields.Get("section"), Role: ward.Role(fields.Get("role"))}
	if person.Role.Title() == "" {
		return invalidf("役割を --role で書いてください（%s）", strings.Join(roleNames(), "、"))
	}
	if person.Section == "" {
		person.Section = "未記入"
	}
	password, hash := console.OneTimePassword()
	person, err := store.AppointStaff(ctx, data.CommandLine(), person, hash)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s を「%s」に任命しました。\n", person.Login, person.Role.Title())
	return printPassword(out, person.Login, password)
}

func printPassword(out io.Writer, login, password string) error {
	_, err := fmt.Fprintf(out, "  ログイン名            %s\n  1回限りのパスワード  %s\nいまだけ表示します。%d日のうちに /console/ から入り、二段階認証と自分のパスワードを決めてください。\n",
		login, password, int(data.OneTimePassword.Hours()/24))
	return err
}

func listUsers(ctx context.Context, store *data.Store, out io.Writer) error {
	for after := ""; ; {
		people, err := store.ListStaff(ctx, after, usersPerRead)
		if err != nil {
			return err
		}
		if len(people) == 0 && after == "" {
			_, err := fmt.Fprintln(out, "職員はまだいません。madoguchi user add --login 名 --name 氏名 --role security-manager で作れます。")
			return err
		}
		for _, p := range people {
			state := "在任"
			if !p.Dismissed.IsZero() {
				state = "解任 " + p.Dismissed.In(ward.Japan()).Format(time.DateTime)
			}
			if _, err := fmt.Fprintf(out, "%s\t%s\t%s\t%s\t任命 %s\t%s\n", p.Login, p.Name, p.Section, p.Role.Title(),
				p.AppointedAt.In(ward.Japan()).Format(time.DateTime), state); err != nil {
				return err
			}
			after = p.Login
		}
		if len(people) < usersPerRead {
			return nil
		}
	}
}

// meetStaff appoints the demo's people where they are missing, the first one the
// others, and gives their logins. They have no password: only a demo lets them in.
func meetStaff(ctx context.Context, store *data.Store, people []ward.Staff) (logins []string, err error) {
	by := data.CommandLine()
	for i, person := range people {
		stored, err := store.Staff(ctx, person.ID)
		if ward.KindOf(err) == ward.NotFound {
			stored, err = store.AppointStaff(ctx, by, person, "")
		}
		if err != nil {
			return nil, fmt.Errorf("appoint the sample's staff: %w", err)
		}
		if i == 0 {
			by = stored
		}
		logins = append(logins, person.Login)
	}
	return logins, nil
}
