package console

// auditTitle is what an action of the audit is called; one without a name here
// is shown as it is kept.
func auditTitle(action string) string {
	title, ok := map[string]string{
		"staff-appointed": "任命", "staff-changed": "職員の変更", "staff-dismissed": "解任",
		"staff-password-reset": "パスワードの出し直し", "staff-password-set": "パスワードの変更",
		"staff-totp-reset": "二段階認証の取り消し", "staff-totp-set": "二段階認証の設定", "staff-signed-out": "画面から出す",
		"sign-in-locked": "入れない状態", "sign-in-refused": "入るのを断る",
		"fix-prepared": "対応の案", "fix-changed": "対応の変更", "fix-published": "対応の公開", "fix-withdrawn": "対応の取り下げ",
		"source-checked": "もとのページの確認", "stop-set": "案内の停止", "stop-lifted": "停止の解除",
		"run-started": "巡回・索引の開始", "crawl-kept": "前のページを残す", "index-refused": "索引を使わない", "index-chosen": "索引の入れ替え",
		"schedule-changed": "予定の変更", "digest-plan-changed": "お知らせの設定", "digest-address-changed": "お知らせのあて先",
		"digest-sent": "お知らせの送信", "digest-unknown": "お知らせの行方不明", "digest-given-up": "お知らせの断念", "digest-nothing": "お知らせなし", "audit-exported": "記録の書き出し", "audit-verified": "記録の確認",
	}[action]
	if !ok {
		return action
	}
	return title
}
