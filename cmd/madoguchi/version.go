package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"runtime"
	"runtime/debug"

	"madoguchi/bot/line"
)

// release is set by the linker (see Makefile).
var release = ""

// version says which program this is, or with --licenses under what terms the
// letters of the rich menu, which it carries, may be passed on.
func version(_ context.Context, env environment, args []string) error {
	fs := flag.NewFlagSet("version", flag.ContinueOnError)
	fs.SetOutput(env.stderr)
	licenses := fs.Bool("licenses", false, "同梱した書体（BIZ UDPゴシック）の使用許諾を表示する")
	if err := fs.Parse(args); errors.Is(err, flag.ErrHelp) {
		return err
	} else if err != nil {
		return invalidf("%v", err)
	}
	if *licenses {
		_, err := fmt.Fprint(env.stdout, line.FontLicense())
		return err
	}
	_, err := fmt.Fprintf(env.stdout, "madoguchi %s %s/%s %s\n", releaseName(), runtime.GOOS, runtime.GOARCH, runtime.Version())
	return err
}

// releaseName is what make build says, else the revision go build saw.
func releaseName() string {
	if release != "" {
		return release
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "dev"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return s.Value[:12]
		}
	}
	return "dev"
}
