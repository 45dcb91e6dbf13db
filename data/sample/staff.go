package sample

import "madoguchi/ward"

// Staff are people of the sample ward, one in each role, who do not exist. The
// first appoints the others.
func Staff() []ward.Staff {
	return []ward.Staff{
		{ID: "sample-security-manager", Login: "anzen", Name: "見本 あおい", Section: "情報政策課", Role: ward.SecurityManager},
		{ID: "sample-system-manager", Login: "unyo", Name: "見本 いつき", Section: "情報政策課", Role: ward.SystemManager},
		{ID: "sample-operator", Login: "koho", Name: "見本 うみ", Section: "広報課", Role: ward.Operator},
		{ID: "sample-auditor", Login: "kansa", Name: "見本 えいた", Section: "監査事務局", Role: ward.Auditor},
		{ID: "sample-contractor", Login: "itaku", Name: "見本 おりえ", Section: "受託事業者", Role: ward.Contractor},
	}
}
