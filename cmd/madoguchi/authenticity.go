package main

import "regexp"

// accountID is the id of a LINE Official Account: a basic one (@123abcde) or a
// premium one that the ward chose.
var accountID = regexp.MustCompile(`^@[0-9a-z][0-9a-z._-]{0,28}$`)
