"""
Words that mean the same here and that the table of word vectors holds apart, in groups.

The table (`labkit.rehearsal.meaning`) knows "picture" and "image", or "remove" and "delete". It
doesn't know the language of a workshop, nor what short verbs mean to a tool. These groups are
general English for that; none is made for one set of tools.

Floor 1: imports nothing of labkit.
"""

_GROUPS = """
calculate compute sum plus minus times divide arithmetic percent percentage expression; search find
look lookup query; create new open; add put append enter include; delete rid trash rm; book reserve
schedule arrange; cancel drop quit; update change edit set adjust; list show overview; price cost
quote rate fee charge; balance account left; move postpone reschedule push shift; reminder alarm
alert; task todo; done complete finish check; user account customer client member; ticket issue bug
incident case problem; runbook manual guide instruction procedure handbook; supplier vendor maker
manufacturer outside; note comment remark; play listen put; photo shot picture; defect fault flaw
error defective bad reject scrap faulty; rate ratio share percentage proportion; statistic stat
figure count number develop trend; daily day; machine line equipment; lot batch; block hold
quarantine isolate lock keep; unblock release free go; inspect inspection examine check; light lamp
dim; log record note enter did; deploy rollout ship; rollback revert back; server host; restart
reboot bounce; status state running ready; refund back; return back; parcel shipment delivery;
vacation holiday leave off away; approve accept grant; reject decline deny; damage broken scratch;
extend renew longer; parts make produce made; worst highest bad defect; last past recent; report
damage broken fault; vaccination jab shot; pathogenic disease illness; imperial fahrenheit miles;
metric celsius; atm cash; duplicate same; next skip; viewing see visit; damage broke; full whole;
urgent rush high important; bio food scraps; volume loud quiet turn; loss lost; ill sick fever; out
away absent; invoice bill owe; mail email message; all everything; vacant free available unoccupied;
loop round circular; trip taxi train bus flight travel transport
"""
GROUPS = tuple(tuple(group.split()) for group in _GROUPS.split(";"))
"""Each group with its words."""
