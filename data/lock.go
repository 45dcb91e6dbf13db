package data

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"madoguchi/ward"
)

// lockDir makes the directory and takes it for this process alone. The lock
// ends with the file, so also with a killed process. Two processes on one
// directory would migrate at once and then starve each other's writes.
func lockDir(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, unavailable(fmt.Sprintf("データの置き場所 %s を作れません。", dir), err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, unavailable(fmt.Sprintf("データの置き場所 %s に書けません。", dir), err)
	}
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if err == nil {
		return f, nil
	}
	f.Close()
	if errors.Is(err, unix.EWOULDBLOCK) {
		return nil, &ward.Error{
			Kind:    ward.Conflict,
			Message: fmt.Sprintf("データの置き場所 %s は別の madoguchi が使っています。そちらを止めるか、別の場所を指定してください。", dir),
			Err:     err,
		}
	}
	return nil, unavailable(fmt.Sprintf("データの置き場所 %s を確保できません。", dir), err)
}

// freeSpace is how many bytes the disk under dir still takes.
func freeSpace(dir string) (int64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return 0, fmt.Errorf("statfs data directory: %w", err)
	}
	return int64(st.Bavail) * int64(st.Bsize), nil
}
