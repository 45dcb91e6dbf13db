package data

import (
	"context"
	"database/sql/driver"
	"errors"
)

// maxStatements is how many statements a connection keeps prepared.
const maxStatements = 200

// connector opens SQLite connections that keep their statements prepared.
// Parsing one takes as long as running it, and on the one write connection
// everybody waits for both.
type connector struct {
	driver driver.Driver
	dsn    string
}

func (c connector) Driver() driver.Driver { return c.driver }

func (c connector) Connect(context.Context) (driver.Conn, error) {
	opened, err := c.driver.Open(c.dsn)
	if err != nil {
		return nil, err
	}
	plain, ok := opened.(sqliteConn)
	if !ok {
		return nil, errors.Join(errors.New("the SQLite driver lacks a method"), opened.Close())
	}
	return &conn{sqliteConn: plain, statements: map[string]*statement{}}, nil
}

// sqliteConn is what the driver's connections can do and database/sql asks for.
type sqliteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// conn is used by one goroutine at a time.
type conn struct {
	sqliteConn
	statements map[string]*statement
}

type statement struct {
	driver.Stmt
	busy bool // its rows are still being read
}

// prepared gives the statement for a query, nil when it is better run without:
// scripts have no arguments, and one may not run twice at once.
func (c *conn) prepared(ctx context.Context, query string, args []driver.NamedValue) (*statement, error) {
	s := c.statements[query]
	switch {
	case s != nil && s.busy, s == nil && (len(args) == 0 || len(c.statements) == maxStatements):
		return nil, nil
	case s != nil:
		return s, nil
	}
	made, err := c.sqliteConn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	s = &statement{Stmt: made}
	c.statements[query] = s
	return s, nil
}

// ExecContext runs a statement that gives no rows.
func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	s, err := c.prepared(ctx, query, args)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return c.sqliteConn.ExecContext(ctx, query, args)
	}
	return s.Stmt.(driver.StmtExecContext).ExecContext(ctx, args)
}

// QueryContext runs a statement that gives rows.
func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := c.prepared(ctx, query, args)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return c.sqliteConn.QueryContext(ctx, query, args)
	}
	r, err := s.Stmt.(driver.StmtQueryContext).QueryContext(ctx, args)
	if err != nil {
		return nil, err
	}
	s.busy = true
	return &rows{Rows: r, of: s}, nil
}

// Close ends the statements and the connection.
func (c *conn) Close() error {
	var errs []error
	for _, s := range c.statements {
		errs = append(errs, s.Close())
	}
	c.statements = nil
	return errors.Join(append(errs, c.sqliteConn.Close())...)
}

type rows struct {
	driver.Rows
	of *statement
}

func (r *rows) Close() error {
	r.of.busy = false
	return r.Rows.Close()
}
