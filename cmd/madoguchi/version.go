package main

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
)

// release is set by the linker (see Makefile).
var release = ""

func version(_ context.Context, env environment, _ []string) error {
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
