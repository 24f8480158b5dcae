"""
Words that mean the same here, in groups; a word in two groups belongs to both.

A tool is described in its author's words and asked for in somebody else's. These groups are general
English for what tools do and are about; none is made for one set of tools.

Floor 1: imports nothing of labkit.
"""

_GROUPS = """
mail email message send notify inform write tell; message write text tell inform notify know;
weather forecast temperature rain sunny snow climate umbrella wind hot cold warm;
forecast predict expect outlook expected yield;
calculate compute sum add plus subtract minus multiply times divide arithmetic math evaluate work
expression percent percentage; search find look lookup query browse where any;
create add make new register open insert set draft; add put append enter include;
book reserve schedule arrange plan sign; delete remove erase drop rid trash clear destroy rm;
cancel abort revoke quit end stop undo; update change edit modify set adjust; rename move mv;
copy cp duplicate clone; list ls show display overview which what;
buy purchase order checkout get; sell resell offer sale;
price cost quote rate fee charge much expensive cheap; stock share ticker equity quote;
money currency exchange euro dollar pound yen; transfer send pay wire move;
balance account much left; convert conversion transform change into; translate translation say;
clock hour oclock; calendar meeting appointment event agenda;
appointment visit consultation checkup; move postpone reschedule push shift;
flight fly plane airline airport seat; hotel room stay accommodation lodging;
restaurant eat dinner lunch table food; train rail railway connection;
route direction directions navigate drive distance way cycle walk get;
near nearby close around within; remind reminder alarm alert; task todo chore;
done complete finish tick check; user account customer client member profile;
employee staff colleague worker people; people person attendee everyone;
ticket issue bug incident case problem; document doc file page article;
runbook manual guide instruction procedure playbook handbook;
supplier vendor maker manufacturer outside external; note memo comment remark;
play song music track playlist listen put; movie film; video clip movie; picture image photo shot;
camera lens; defect fault flaw error failure defective bad reject scrap faulty broken;
rate ratio share percentage proportion percent; statistic stat figure count number develop trend;
daily day; machine line equipment device; lot batch; block hold quarantine isolate lock keep;
unblock release free let go; inspect inspection examine look check;
temperature heat thermostat degree warm cold heating; light lamp dim bright dark;
brightness light dim bright; blind shutter curtain; volume loud louder quiet turn; skip next;
pause stop halt; log record history track enter; log note record did; deploy release rollout ship;
rollback revert back undo previous before; server host instance node;
restart reboot bounce recycle; scale replica instance; pod container;
status state health running fine ok; pay payment transfer settle; invoice bill;
refund reimburse money back; return send back; parcel package shipment delivery tracking box;
track where locate; ship send deliver; phone call dial; vacation holiday leave off away pto;
away absent out off missing leave sick; absence missing absent sick ill;
approve accept confirm ok grant; reject decline deny refuse turn; recipe cook dish meal make;
ingredient food grocery; pill dose medicine drug medication prescription;
prescription pack refill medicine repeat; vaccination vaccine jab shot;
doctor physician specialist dentist; dermatology skin; cardiology heart;
pediatrics child children kid; orthopedics bone knee; ophthalmology eye; neurology brain nerve;
patient; book novel author read; loan borrow borrowed lent bring;
extend renew prolong longer keep; news headline; standing table rank league;
result score did beat match game; fixture match game coming next; match game play; team club side;
player footballer; against versus head beaten beat vs; car vehicle van rental;
damage broke broken scratch dent; moon lunar; sun sunrise sunset rise; sunrise sunset sun down up;
star planet; iss station space; irrigation irrigate water watering sprinkler;
harvest crop pick reap brought; soil ground dry moisture wet; moisture wet dry humid; seed sow;
house home apartment flat property listing; rent lease let; rental rent hire;
viewing view visit see; mortgage loan credit; estimate value worth appraise valuation;
company firm business; deal opportunity sale; contact person lead;
concert gig show event play tour; artist band singer musician; ticket seat admission;
class course lesson session; workout exercise training run swim row ran rowed;
weight weigh weighs kilo; run ran jog; membership member subscription; gene symbol dna;
sequence dna protein blast; variant mutation; disease illness pathogenic; index unique;
table schema column relation; column describe field structure; export dump save write;
query select sql run; grade mark point points score; pupil student child kid class;
parent mother father family; teacher staff; exam test; average mean; tariff contract plan rate;
electricity power current; energy power electricity consumption;
consumption use used usage consume using; meter reading; green renewable eco;
solar roof panel sun; album collection; rotate turn flip upside; share give access;
timer countdown alarm; shopping grocery list buy; unit measure;
case court ruling judgment decision; statute law act paragraph; clause contract provision;
opening hours open; branch location office; catalogue catalog; hold reserve keep;
assign hand give delegate over; close resolve shut done; duplicate same; comment note reply;
priority urgent important; agent assignee;
geocode coordinates coordinate latitude longitude address; radius within metres;
bike bicycle cycle cycling ride; foot walk walking; car drive driving; bus transit tram metro;
atm cash; glossary terminology; detect identify recognise recognize which; limit maximum cap;
trade order buy sell; history chart past development; position holding own portfolio; buy long;
contract agreement; search grep occur find contains; zip compress archive pack;
unzip extract unpack; du size space big large disk; rm delete remove; folder directory path;
recursive whole; ping check; subscribe follow sign join; unsubscribe leave; invite add join;
candidate applicant; job position role vacancy opening; interview; offer proposal;
warehouse stock inventory; inventory stock left many have; shelf bin aisle location;
pick collect fetch; driver courier rider; menu dish; tip gratuity;
enrol enroll register sign join; grade mark; lease rent tenancy; tenant renter;
repair fix broken maintenance; landlord owner; newsletter campaign; subscriber reader;
roll dice die throw; attack hit fight strike; spell cast magic; inventory item bag;
charge charging charger plug; station stop; cow cattle animal herd; animal pet livestock;
museum exhibition exhibit; tour guide visit; plan tariff data; sim card phone; roaming abroad;
topup top-up recharge; bus tram metro line; departure leave leaves depart next; vocabulary word;
exercise practice; tax taxes; wallet account; garage workshop mechanic; tyre tire wheel;
speaker talk session; talk speak presentation lecture; room hall venue; sleep slept bed night;
nap rest; wine bottle cellar; drink open; rating rate score; clip cut trim; trim cut shorten;
subtitle caption; render export; earthquake quake tremor; magnitude strong strength;
bucket storage; object file; upload put store; download fetch get; episode podcast; download save;
audit compliance; policy rule; risk hazard; molecule compound substance; mass weight;
tide water sea; wave swell; ship vessel boat; port harbour harbor; vacuum clean hoover;
clean wash; dock home base; pharmacy drugstore chemist; interaction together mix;
invoice bill charge; customer client; reminder dunning; workflow pipeline build job;
build compile pipeline; branch ref; commit change; test check; rerun retry again;
failure fail failed red; channel room; reaction emoji; thread conversation; mute silence;
transaction payment spend spent bought; card debit credit; lost stolen missing;
late delayed delay; punctual time delay; seat place; coupon voucher discount code;
wheelchair accessible; vegetarian vegan; cheap inexpensive budget; expensive fancy luxury;
urgent critical high; high important urgent severe; low minor; broken down outage;
wrong incorrect; size fit small large big; closed close shut; open start; dirty clean; spam junk;
inbox mail; archive file away; reply answer respond; forward pass; unread new; read open;
monthly month; weekly week; yearly annual year; fahrenheit imperial; celsius metric;
kilometres metric; miles imperial; bike cycling; one-way single; economy coach;
last past previous latest recent; next coming upcoming future; worst highest bad defect
"""
GROUPS = tuple(tuple(group.split()) for group in _GROUPS.split(";"))
"""Each group with its words."""
