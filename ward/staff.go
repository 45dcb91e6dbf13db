package ward

import (
	"log/slog"
	"slices"
	"time"
)

// Role is what a person of the console is appointed to. A person has one.
type Role string

// The roles. The first three are those of the guideline's article 3.
const (
	SecurityManager Role = "security-manager" // 情報セキュリティ管理者: account, appointments, incidents, retention
	SystemManager   Role = "system-manager"   // 情報システム運用管理者: operations, moderation, approval
	Operator        Role = "operator"         // 運用担当者: drafting, answering, reports
	Auditor         Role = "auditor"          // reads everything, changes nothing
	Contractor      Role = "contractor"       // 受託事業者: prepares, never approves, sees no residents' words
)

// Roles are all roles, in the order in which they are shown.
func Roles() []Role { return []Role{SecurityManager, SystemManager, Operator, Auditor, Contractor} }

// Title is the role in the ward's words.
func (r Role) Title() string {
	return map[Role]string{
		SecurityManager: "情報セキュリティ管理者", SystemManager: "情報システム運用管理者", Operator: "運用担当者",
		Auditor: "監査担当", Contractor: "受託事業者",
	}[r]
}

// Action is something that the console lets people do or see.
type Action string

// The actions.
const (
	OwnAccount      Action = "own-account"      // one's own password, second factor and sessions
	SeeAnswers      Action = "see-answers"      // fixes, changes of answers, stops, generations, figures
	SeeQuestions    Action = "see-questions"    // what residents asked, masked
	TryAnswers      Action = "try-answers"      // ask as a resident would, with the reasons
	PrepareAnswers  Action = "prepare-answers"  // write fixes that are not in force yet
	PublishAnswers  Action = "publish-answers"  // put fixes in force, withdraw them, dismiss questions
	StopAnswers     Action = "stop-answers"     // stop a topic or a page at once
	LiftStops       Action = "lift-stops"       // let it be answered again
	RunIndex        Action = "run-index"        // crawl and re-index now
	ChooseIndex     Action = "choose-index"     // go back to another generation
	ChangeSettings  Action = "change-settings"  // schedule, addresses of the digest
	SeeStaff        Action = "see-staff"        // who has which role, appointed by whom
	AppointOperator Action = "appoint-operator" // appoint and dismiss 運用担当者
	AppointAnyone   Action = "appoint-anyone"   // likewise every role; new passwords, sessions of others
	SeeAudit        Action = "see-audit"        // search and export the audit
)

// permission is one line of the table of roles and actions.
type permission struct {
	Action Action
	Title  string // of the action, in the ward's words
	Roles  []Role // that may
}

// permissions are the one table of what each role may do. The console shows
// it, docs/roles.md prints it and every route names an action of it.
func permissions() []permission {
	everyone := Roles()
	office := []Role{SecurityManager, SystemManager, Operator}
	return []permission{
		{OwnAccount, "自分のパスワードと二段階認証を変える", everyone},
		{SeeAnswers, "回答、変更、停止、索引、数字を見る", everyone},
		{SeeQuestions, "住民の質問（個人情報を伏せたもの）を見る", []Role{SecurityManager, SystemManager, Operator, Auditor}},
		{TryAnswers, "公開前に試す", everyone},
		{PrepareAnswers, "回答の案を書く", []Role{SystemManager, Operator, Contractor}},
		{PublishAnswers, "回答を公開する、取り下げる、質問を対応不要にする", []Role{SystemManager, Operator}},
		{StopAnswers, "案内を止める", office},
		{LiftStops, "止めた案内を戻す", []Role{SecurityManager, SystemManager}},
		{RunIndex, "巡回と索引づくりを動かす", []Role{SystemManager, Operator}},
		{ChooseIndex, "使う索引を選ぶ", []Role{SystemManager}},
		{ChangeSettings, "巡回の予定と、お知らせのあて先を変える", []Role{SecurityManager, SystemManager}},
		{SeeStaff, "職員と役割の一覧を見る", []Role{SecurityManager, SystemManager, Auditor}},
		{AppointOperator, "運用担当者を指名する、解く", []Role{SecurityManager, SystemManager}},
		{AppointAnyone, "すべての役割を任命する、解く、入り直させる", []Role{SecurityManager}},
		{SeeAudit, "操作の記録を調べる、書き出す", []Role{SecurityManager, SystemManager, Auditor}},
	}
}

// Actions are all actions, in the order of the table.
func Actions() []Action {
	var all []Action
	for _, p := range permissions() {
		all = append(all, p.Action)
	}
	return all
}

// Title is the action in the ward's words.
func (a Action) Title() string { return a.permission().Title }

func (a Action) permission() permission {
	for _, p := range permissions() {
		if p.Action == a {
			return p
		}
	}
	return permission{}
}

// May tells whether the role may do it. An action that is not in the table is
// nobody's.
func (r Role) May(a Action) bool { return slices.Contains(a.permission().Roles, r) }

// MayAppoint tells whether r may give somebody the role, or take it away.
func (r Role) MayAppoint(role Role) bool {
	if role == Operator && r.May(AppointOperator) {
		return true
	}
	return role.Title() != "" && r.May(AppointAnyone)
}

// Staff is a person who uses the console.
type Staff struct {
	ID      string // random, for ever; what the audit names
	Login   string // what is typed to sign in
	Name    string
	Section string
	Role    Role
	// AppointedBy is the id of who gave the role, "" for the first person, who
	// was made from the command line.
	AppointedBy string
	AppointedAt time.Time
	Dismissed   time.Time // zero while in office; nobody is ever deleted, for the audit names them
	Version     int64     // grows with each change
}

// LogValue shows the id alone.
func (s Staff) LogValue() slog.Value { return slog.StringValue(s.ID) }

// May tells whether the person may do it.
func (s Staff) May(a Action) bool { return s.Dismissed.IsZero() && s.Role.May(a) }

// Actor is the person as the audit names them.
func (s Staff) Actor() Actor { return Actor{Staff: s.ID, Role: s.Role} }
