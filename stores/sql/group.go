package sql

import (
	"context"
	"database/sql"
	"errors"
	"sync"
)

// A group runs the writes that come at once in one transaction. A commit waits for the disk, and a database with one writer would have each
// write wait for those of all before it. Nobody waits for others to come: while one transaction is under way the next one gathers, and
// whoever comes first runs it for all.
type group struct {
	runner *runner
	turn   chan struct{} // holds one: whose transaction is under way

	mu        sync.Mutex
	gathering []*job
}

// A job is a statement that somebody waits for.
type job struct {
	ctx     context.Context //nolint:containedctx // a job is a call
	text    string
	args    []any
	changed int64
	err     error
	done    chan struct{} // closed when the two are set
}

func newGroup(r *runner) *group { return &group{runner: r, turn: make(chan struct{}, 1)} }

// exec returns when the statement has been committed, and how many items it has changed.
func (g *group) exec(ctx context.Context, text string, args []any) (int64, error) {
	j := &job{ctx: ctx, text: text, args: args, done: make(chan struct{})}
	g.mu.Lock()
	g.gathering = append(g.gathering, j)
	g.mu.Unlock()
	select {
	case g.turn <- struct{}{}:
		g.run(ctx, g.take())
		<-g.turn
	case <-j.done:
	case <-ctx.Done():
	}
	select {
	case <-j.done:
		return j.changed, j.err
	default:
		return 0, ctx.Err() // somebody may run it yet
	}
}

// take returns those jobs that still want to be done. They may be none, where somebody else was faster.
func (g *group) take() (jobs []*job) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, j := range g.gathering {
		if j.err = j.ctx.Err(); j.err != nil {
			close(j.done)
			continue
		}
		jobs = append(jobs, j)
	}
	g.gathering = nil
	return jobs
}

// run does jobs together or, where one of them fails, each by itself. It does not end with the one who runs them.
func (g *group) run(ctx context.Context, jobs []*job) {
	ctx = context.WithoutCancel(ctx)
	if len(jobs) < 2 || g.together(ctx, jobs) != nil {
		for _, j := range jobs {
			j.changed, j.err = g.runner.exec(ctx, j.text, j.args)
		}
	}
	for _, j := range jobs {
		close(j.done)
	}
}

// together does jobs in one transaction. After an error none of them is done, unless the commit itself has failed, which is then their error.
func (g *group) together(ctx context.Context, jobs []*job) error {
	statements := make([]*sql.Stmt, len(jobs))
	for i, j := range jobs { // beforehand: the transaction may have the only connection
		var err error
		if statements[i], err = g.runner.statement(ctx, j.text); err != nil {
			return err
		}
	}
	tx, err := g.runner.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	for i, j := range jobs {
		if j.changed, err = affected(tx.StmtContext(ctx, statements[i]).ExecContext(ctx, j.args...)); err != nil {
			return errors.Join(err, tx.Rollback())
		}
	}
	if err := tx.Commit(); err != nil {
		for _, j := range jobs {
			j.err = err
		}
	}
	return nil
}

// affected is how many items a statement has changed.
func affected(result sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}
