package sample

import (
	"embed"
	"io/fs"
)

//go:embed richmenu/*.toml
var richMenus embed.FS

// RichMenus are the files of the sample ward's rich menus. Addresses in them
// that begin with "/" are pages of its site.
func RichMenus() fs.FS {
	menus, err := fs.Sub(richMenus, "richmenu")
	if err != nil {
		return richMenus // cannot be: the folder is embedded
	}
	return menus
}
