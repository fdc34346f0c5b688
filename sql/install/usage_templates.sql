-- A template that somebody has changed stays as it is. The recommendation may be cheaper: {{recommended_difference}} has a sign.
INSERT IGNORE INTO purser.usage_templates (name, language, locale, subject, text, html) VALUES
('usage_alert', 'en', 'en_US',
'{{#limit_reached}}Limit reached: {{usage_percentage}} % of your package {{package}} in {{month}}{{/limit_reached}}{{^limit_reached}}{{alert_type}}: {{usage_percentage}} % of your package {{package}} used in {{month}}{{/limit_reached}}',
'{{#test}}*** This is a test. Nothing has happened, and nothing was recorded. ***

{{/test}}Hello {{client_name}},

{{#limit_reached}}you have used up the {{#by_volume}}volume{{/by_volume}}{{#by_transactions}}transactions{{/by_transactions}} of your package {{package}} for {{month}}: {{usage_percentage}} %.{{/limit_reached}}{{^limit_reached}}you have used {{usage_percentage}} % of the {{#by_volume}}volume{{/by_volume}}{{#by_transactions}}transactions{{/by_transactions}} of your package {{package}} for {{month}}.{{/limit_reached}}
{{#limit_reached}}{{#hard_stop}}Further payments are refused until the month ends or your package changes.
{{/hard_stop}}{{/limit_reached}}
  Volume: {{#volume_limited}}{{current_volume}} of {{max_volume}} {{currency}} (left: {{remaining_volume}} {{currency}}){{/volume_limited}}{{^volume_limited}}{{current_volume}} {{currency}} (no limit){{/volume_limited}}
  Transactions: {{#transactions_limited}}{{current_transactions}} of {{max_transactions}} (left: {{remaining_transactions}}){{/transactions_limited}}{{^transactions_limited}}{{current_transactions}} (no limit){{/transactions_limited}}

{{#recommended}}The package {{recommended_package}} would fit:
  Volume: {{#recommended_volume_limited}}{{recommended_volume}} {{currency}}{{/recommended_volume_limited}}{{^recommended_volume_limited}}no limit{{/recommended_volume_limited}}
  Transactions: {{#recommended_transactions_limited}}{{recommended_transactions}}{{/recommended_transactions_limited}}{{^recommended_transactions_limited}}no limit{{/recommended_transactions_limited}}
It costs {{recommended_price}} {{currency}} a month; that is {{recommended_difference}} {{currency}} more than now.
{{/recommended}}{{^recommended}}None of our packages is large enough for this usage: please contact us, and we find one for you.
{{/recommended}}
You get this message once a month for each threshold. It counts what had come in when it was written.
',
'<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">
<style>@media (prefers-color-scheme: dark) { .page { background:#14171c !important } .card { background:#1f242c !important; color:#e8ebef !important } .soft { color:#a5adb8 !important } .line { border-color:#38404b !important } .box { background:#28303a !important } }</style></head>
<body class="page" style="margin:0;padding:0;background:#f2f4f7">
<table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" style="background:#f2f4f7"><tr><td align="center" style="padding:24px 12px">
<table role="presentation" class="card" width="100%" cellpadding="0" cellspacing="0" style="max-width:560px;background:#ffffff;color:#1c2430;border-radius:8px;font-family:-apple-system,''Segoe UI'',Roboto,Helvetica,Arial,sans-serif;font-size:15px;line-height:1.5">
{{#test}}<tr><td style="padding:10px 28px;background:#5b3fa8;color:#ffffff;border-radius:8px 8px 0 0">This is a test. Nothing has happened, and nothing was recorded.</td></tr>{{/test}}
<tr><td style="padding:24px 28px 28px">
<p style="margin:0;font-size:13px;font-weight:bold;color:{{#limit_reached}}#c0362c{{/limit_reached}}{{^limit_reached}}#b06a00{{/limit_reached}}">{{#limit_reached}}Limit reached{{/limit_reached}}{{^limit_reached}}{{alert_type}}{{/limit_reached}}</p>
<p style="margin:4px 0 16px;font-size:34px;font-weight:bold">{{usage_percentage}} %</p>
<p style="margin:0 0 8px">Hello {{client_name}},</p>
<p style="margin:0 0 16px">{{#limit_reached}}you have used up the {{#by_volume}}volume{{/by_volume}}{{#by_transactions}}transactions{{/by_transactions}} of your package {{package}} for {{month}}: {{usage_percentage}} %.{{/limit_reached}}{{^limit_reached}}you have used {{usage_percentage}} % of the {{#by_volume}}volume{{/by_volume}}{{#by_transactions}}transactions{{/by_transactions}} of your package {{package}} for {{month}}.{{/limit_reached}}{{#limit_reached}}{{#hard_stop}} <b>Further payments are refused until the month ends or your package changes.</b>{{/hard_stop}}{{/limit_reached}}</p>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="margin:0 0 20px">
<tr><td class="line soft" style="padding:8px 12px 8px 0;border-top:1px solid #e4e7ec;color:#5d6673">Volume</td><td class="line" style="padding:8px 0;border-top:1px solid #e4e7ec;text-align:right">{{#volume_limited}}{{current_volume}} of {{max_volume}} {{currency}}{{/volume_limited}}{{^volume_limited}}{{current_volume}} {{currency}} (no limit){{/volume_limited}}</td></tr>
<tr><td class="line soft" style="padding:8px 12px 8px 0;border-top:1px solid #e4e7ec;color:#5d6673">Transactions</td><td class="line" style="padding:8px 0;border-top:1px solid #e4e7ec;text-align:right">{{#transactions_limited}}{{current_transactions}} of {{max_transactions}}{{/transactions_limited}}{{^transactions_limited}}{{current_transactions}} (no limit){{/transactions_limited}}</td></tr>
</table>
<table role="presentation" class="box" width="100%" cellpadding="0" cellspacing="0" style="background:#eef3fb;border-radius:6px"><tr><td style="padding:16px 18px">
{{#recommended}}<p style="margin:0 0 4px;font-weight:bold">The package {{recommended_package}} would fit</p>
<p style="margin:0">Volume: {{#recommended_volume_limited}}{{recommended_volume}} {{currency}}{{/recommended_volume_limited}}{{^recommended_volume_limited}}no limit{{/recommended_volume_limited}}<br>Transactions: {{#recommended_transactions_limited}}{{recommended_transactions}}{{/recommended_transactions_limited}}{{^recommended_transactions_limited}}no limit{{/recommended_transactions_limited}}</p>
<p style="margin:4px 0 0">It costs {{recommended_price}} {{currency}} a month; that is {{recommended_difference}} {{currency}} more than now.</p>{{/recommended}}{{^recommended}}<p style="margin:0">None of our packages is large enough for this usage: please contact us, and we find one for you.</p>{{/recommended}}
</td></tr></table>
<p class="soft" style="margin:20px 0 0;font-size:12px;color:#5d6673">You get this message once a month for each threshold. It counts what had come in when it was written.</p>
</td></tr></table>
</td></tr></table>
</body></html>
'),
('usage_alert', 'fr', 'fr_FR',
'{{#limit_reached}}Limite atteinte : {{usage_percentage}} % de votre forfait {{package}} en {{month}}{{/limit_reached}}{{^limit_reached}}Consommation : {{usage_percentage}} % de votre forfait {{package}} en {{month}}{{/limit_reached}}',
'{{#test}}*** Ceci est un test. Il ne s’est rien passé, et rien n’a été enregistré. ***

{{/test}}Bonjour {{client_name}},

{{#limit_reached}}vous avez épuisé {{#by_volume}}le volume{{/by_volume}}{{#by_transactions}}les transactions{{/by_transactions}} de votre forfait {{package}} pour {{month}} : {{usage_percentage}} %.{{/limit_reached}}{{^limit_reached}}vous avez utilisé {{usage_percentage}} % {{#by_volume}}du volume{{/by_volume}}{{#by_transactions}}des transactions{{/by_transactions}} de votre forfait {{package}} pour {{month}}.{{/limit_reached}}
{{#limit_reached}}{{#hard_stop}}Les paiements suivants sont refusés jusqu’à la fin du mois ou jusqu’au changement de votre forfait.
{{/hard_stop}}{{/limit_reached}}
  Volume : {{#volume_limited}}{{current_volume}} sur {{max_volume}} {{currency}} (restant : {{remaining_volume}} {{currency}}){{/volume_limited}}{{^volume_limited}}{{current_volume}} {{currency}} (sans limite){{/volume_limited}}
  Transactions : {{#transactions_limited}}{{current_transactions}} sur {{max_transactions}} (restant : {{remaining_transactions}}){{/transactions_limited}}{{^transactions_limited}}{{current_transactions}} (sans limite){{/transactions_limited}}

{{#recommended}}Le forfait {{recommended_package}} conviendrait :
  Volume : {{#recommended_volume_limited}}{{recommended_volume}} {{currency}}{{/recommended_volume_limited}}{{^recommended_volume_limited}}sans limite{{/recommended_volume_limited}}
  Transactions : {{#recommended_transactions_limited}}{{recommended_transactions}}{{/recommended_transactions_limited}}{{^recommended_transactions_limited}}sans limite{{/recommended_transactions_limited}}
Il coûte {{recommended_price}} {{currency}} par mois, soit une différence de {{recommended_difference}} {{currency}} avec le vôtre.
{{/recommended}}{{^recommended}}Aucun de nos forfaits ne suffit à cette consommation : contactez-nous, nous trouverons une solution.
{{/recommended}}
Vous recevez ce message une fois par mois et par seuil. Il tient compte de ce qui était arrivé au moment où il a été écrit.
',
'<!DOCTYPE html>
<html lang="fr"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">
<style>@media (prefers-color-scheme: dark) { .page { background:#14171c !important } .card { background:#1f242c !important; color:#e8ebef !important } .soft { color:#a5adb8 !important } .line { border-color:#38404b !important } .box { background:#28303a !important } }</style></head>
<body class="page" style="margin:0;padding:0;background:#f2f4f7">
<table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" style="background:#f2f4f7"><tr><td align="center" style="padding:24px 12px">
<table role="presentation" class="card" width="100%" cellpadding="0" cellspacing="0" style="max-width:560px;background:#ffffff;color:#1c2430;border-radius:8px;font-family:-apple-system,''Segoe UI'',Roboto,Helvetica,Arial,sans-serif;font-size:15px;line-height:1.5">
{{#test}}<tr><td style="padding:10px 28px;background:#5b3fa8;color:#ffffff;border-radius:8px 8px 0 0">Ceci est un test. Il ne s’est rien passé, et rien n’a été enregistré.</td></tr>{{/test}}
<tr><td style="padding:24px 28px 28px">
<p style="margin:0;font-size:13px;font-weight:bold;color:{{#limit_reached}}#c0362c{{/limit_reached}}{{^limit_reached}}#b06a00{{/limit_reached}}">{{#limit_reached}}Limite atteinte{{/limit_reached}}{{^limit_reached}}Consommation{{/limit_reached}}</p>
<p style="margin:4px 0 16px;font-size:34px;font-weight:bold">{{usage_percentage}} %</p>
<p style="margin:0 0 8px">Bonjour {{client_name}},</p>
<p style="margin:0 0 16px">{{#limit_reached}}vous avez épuisé {{#by_volume}}le volume{{/by_volume}}{{#by_transactions}}les transactions{{/by_transactions}} de votre forfait {{package}} pour {{month}} : {{usage_percentage}} %.{{/limit_reached}}{{^limit_reached}}vous avez utilisé {{usage_percentage}} % {{#by_volume}}du volume{{/by_volume}}{{#by_transactions}}des transactions{{/by_transactions}} de votre forfait {{package}} pour {{month}}.{{/limit_reached}}{{#limit_reached}}{{#hard_stop}} <b>Les paiements suivants sont refusés jusqu’à la fin du mois ou jusqu’au changement de votre forfait.</b>{{/hard_stop}}{{/limit_reached}}</p>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="margin:0 0 20px">
<tr><td class="line soft" style="padding:8px 12px 8px 0;border-top:1px solid #e4e7ec;color:#5d6673">Volume</td><td class="line" style="padding:8px 0;border-top:1px solid #e4e7ec;text-align:right">{{#volume_limited}}{{current_volume}} sur {{max_volume}} {{currency}}{{/volume_limited}}{{^volume_limited}}{{current_volume}} {{currency}} (sans limite){{/volume_limited}}</td></tr>
<tr><td class="line soft" style="padding:8px 12px 8px 0;border-top:1px solid #e4e7ec;color:#5d6673">Transactions</td><td class="line" style="padding:8px 0;border-top:1px solid #e4e7ec;text-align:right">{{#transactions_limited}}{{current_transactions}} sur {{max_transactions}}{{/transactions_limited}}{{^transactions_limited}}{{current_transactions}} (sans limite){{/transactions_limited}}</td></tr>
</table>
<table role="presentation" class="box" width="100%" cellpadding="0" cellspacing="0" style="background:#eef3fb;border-radius:6px"><tr><td style="padding:16px 18px">
{{#recommended}}<p style="margin:0 0 4px;font-weight:bold">Le forfait {{recommended_package}} conviendrait</p>
<p style="margin:0">Volume : {{#recommended_volume_limited}}{{recommended_volume}} {{currency}}{{/recommended_volume_limited}}{{^recommended_volume_limited}}sans limite{{/recommended_volume_limited}}<br>Transactions : {{#recommended_transactions_limited}}{{recommended_transactions}}{{/recommended_transactions_limited}}{{^recommended_transactions_limited}}sans limite{{/recommended_transactions_limited}}</p>
<p style="margin:4px 0 0">Il coûte {{recommended_price}} {{currency}} par mois, soit une différence de {{recommended_difference}} {{currency}} avec le vôtre.</p>{{/recommended}}{{^recommended}}<p style="margin:0">Aucun de nos forfaits ne suffit à cette consommation : contactez-nous, nous trouverons une solution.</p>{{/recommended}}
</td></tr></table>
<p class="soft" style="margin:20px 0 0;font-size:12px;color:#5d6673">Vous recevez ce message une fois par mois et par seuil. Il tient compte de ce qui était arrivé au moment où il a été écrit.</p>
</td></tr></table>
</td></tr></table>
</body></html>
'),
('usage_alert', 'de', 'de_DE',
'{{#limit_reached}}Grenze erreicht: {{usage_percentage}} % Ihres Pakets {{package}} im Monat {{month}}{{/limit_reached}}{{^limit_reached}}Verbrauch: {{usage_percentage}} % Ihres Pakets {{package}} im Monat {{month}}{{/limit_reached}}',
'{{#test}}*** Dies ist ein Test. Es ist nichts geschehen, und es wurde nichts festgehalten. ***

{{/test}}Guten Tag {{client_name}},

{{#limit_reached}}Sie haben {{#by_volume}}das Volumen{{/by_volume}}{{#by_transactions}}die Transaktionen{{/by_transactions}} Ihres Pakets {{package}} für {{month}} aufgebraucht: {{usage_percentage}} %.{{/limit_reached}}{{^limit_reached}}Sie haben {{usage_percentage}} % {{#by_volume}}des Volumens{{/by_volume}}{{#by_transactions}}der Transaktionen{{/by_transactions}} Ihres Pakets {{package}} für {{month}} verbraucht.{{/limit_reached}}
{{#limit_reached}}{{#hard_stop}}Weitere Zahlungen werden abgelehnt, bis der Monat endet oder Sie ein anderes Paket haben.
{{/hard_stop}}{{/limit_reached}}
  Volumen: {{#volume_limited}}{{current_volume}} von {{max_volume}} {{currency}} (übrig: {{remaining_volume}} {{currency}}){{/volume_limited}}{{^volume_limited}}{{current_volume}} {{currency}} (keine Grenze){{/volume_limited}}
  Transaktionen: {{#transactions_limited}}{{current_transactions}} von {{max_transactions}} (übrig: {{remaining_transactions}}){{/transactions_limited}}{{^transactions_limited}}{{current_transactions}} (keine Grenze){{/transactions_limited}}

{{#recommended}}Das Paket {{recommended_package}} würde passen:
  Volumen: {{#recommended_volume_limited}}{{recommended_volume}} {{currency}}{{/recommended_volume_limited}}{{^recommended_volume_limited}}keine Grenze{{/recommended_volume_limited}}
  Transaktionen: {{#recommended_transactions_limited}}{{recommended_transactions}}{{/recommended_transactions_limited}}{{^recommended_transactions_limited}}keine Grenze{{/recommended_transactions_limited}}
Es kostet {{recommended_price}} {{currency}} im Monat, {{recommended_difference}} {{currency}} mehr als jetzt.
{{/recommended}}{{^recommended}}Keines unserer Pakete reicht für diesen Verbrauch: Sprechen Sie uns bitte an, wir finden eine Lösung.
{{/recommended}}
Sie erhalten diese Nachricht einmal im Monat für jede Schwelle. Sie zählt, was bis dahin eingegangen war.
',
'<!DOCTYPE html>
<html lang="de"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">
<style>@media (prefers-color-scheme: dark) { .page { background:#14171c !important } .card { background:#1f242c !important; color:#e8ebef !important } .soft { color:#a5adb8 !important } .line { border-color:#38404b !important } .box { background:#28303a !important } }</style></head>
<body class="page" style="margin:0;padding:0;background:#f2f4f7">
<table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" style="background:#f2f4f7"><tr><td align="center" style="padding:24px 12px">
<table role="presentation" class="card" width="100%" cellpadding="0" cellspacing="0" style="max-width:560px;background:#ffffff;color:#1c2430;border-radius:8px;font-family:-apple-system,''Segoe UI'',Roboto,Helvetica,Arial,sans-serif;font-size:15px;line-height:1.5">
{{#test}}<tr><td style="padding:10px 28px;background:#5b3fa8;color:#ffffff;border-radius:8px 8px 0 0">Dies ist ein Test. Es ist nichts geschehen, und es wurde nichts festgehalten.</td></tr>{{/test}}
<tr><td style="padding:24px 28px 28px">
<p style="margin:0;font-size:13px;font-weight:bold;color:{{#limit_reached}}#c0362c{{/limit_reached}}{{^limit_reached}}#b06a00{{/limit_reached}}">{{#limit_reached}}Grenze erreicht{{/limit_reached}}{{^limit_reached}}Verbrauch{{/limit_reached}}</p>
<p style="margin:4px 0 16px;font-size:34px;font-weight:bold">{{usage_percentage}} %</p>
<p style="margin:0 0 8px">Guten Tag {{client_name}},</p>
<p style="margin:0 0 16px">{{#limit_reached}}Sie haben {{#by_volume}}das Volumen{{/by_volume}}{{#by_transactions}}die Transaktionen{{/by_transactions}} Ihres Pakets {{package}} für {{month}} aufgebraucht: {{usage_percentage}} %.{{/limit_reached}}{{^limit_reached}}Sie haben {{usage_percentage}} % {{#by_volume}}des Volumens{{/by_volume}}{{#by_transactions}}der Transaktionen{{/by_transactions}} Ihres Pakets {{package}} für {{month}} verbraucht.{{/limit_reached}}{{#limit_reached}}{{#hard_stop}} <b>Weitere Zahlungen werden abgelehnt, bis der Monat endet oder Sie ein anderes Paket haben.</b>{{/hard_stop}}{{/limit_reached}}</p>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="margin:0 0 20px">
<tr><td class="line soft" style="padding:8px 12px 8px 0;border-top:1px solid #e4e7ec;color:#5d6673">Volumen</td><td class="line" style="padding:8px 0;border-top:1px solid #e4e7ec;text-align:right">{{#volume_limited}}{{current_volume}} von {{max_volume}} {{currency}}{{/volume_limited}}{{^volume_limited}}{{current_volume}} {{currency}} (keine Grenze){{/volume_limited}}</td></tr>
<tr><td class="line soft" style="padding:8px 12px 8px 0;border-top:1px solid #e4e7ec;color:#5d6673">Transaktionen</td><td class="line" style="padding:8px 0;border-top:1px solid #e4e7ec;text-align:right">{{#transactions_limited}}{{current_transactions}} von {{max_transactions}}{{/transactions_limited}}{{^transactions_limited}}{{current_transactions}} (keine Grenze){{/transactions_limited}}</td></tr>
</table>
<table role="presentation" class="box" width="100%" cellpadding="0" cellspacing="0" style="background:#eef3fb;border-radius:6px"><tr><td style="padding:16px 18px">
{{#recommended}}<p style="margin:0 0 4px;font-weight:bold">Das Paket {{recommended_package}} würde passen</p>
<p style="margin:0">Volumen: {{#recommended_volume_limited}}{{recommended_volume}} {{currency}}{{/recommended_volume_limited}}{{^recommended_volume_limited}}keine Grenze{{/recommended_volume_limited}}<br>Transaktionen: {{#recommended_transactions_limited}}{{recommended_transactions}}{{/recommended_transactions_limited}}{{^recommended_transactions_limited}}keine Grenze{{/recommended_transactions_limited}}</p>
<p style="margin:4px 0 0">Es kostet {{recommended_price}} {{currency}} im Monat, {{recommended_difference}} {{currency}} mehr als jetzt.</p>{{/recommended}}{{^recommended}}<p style="margin:0">Keines unserer Pakete reicht für diesen Verbrauch: Sprechen Sie uns bitte an, wir finden eine Lösung.</p>{{/recommended}}
</td></tr></table>
<p class="soft" style="margin:20px 0 0;font-size:12px;color:#5d6673">Sie erhalten diese Nachricht einmal im Monat für jede Schwelle. Sie zählt, was bis dahin eingegangen war.</p>
</td></tr></table>
</td></tr></table>
</body></html>
');
