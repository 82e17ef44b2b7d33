//! A person instead of the bot.

use std::sync::LazyLock;

use regex::RegexSet;

use super::{Intent, plain::Plain};

/// Whole messages.
const WHOLE: &[&str] = &[
    "human",
    "a human",
    "human agent",
    "live agent",
    "live chat",
    "agent",
    "an agent",
    "operator",
    "representative",
    "person",
    "real person",
    "a real person",
    "real human",
    "customer service",
    "customer support",
    "customer care",
    "support",
    "support agent",
    "manager",
    "call me",
    "call me back",
    "talk to human",
    "talk to agent",
    "is anyone there",
    "is anybody there",
    "anyone there",
    "anybody there",
    "is someone there",
    "hello is anyone there",
    "mensch",
    "mitarbeiter",
    "kundenservice",
    "kundendienst",
    "humano",
    "agente",
    "operador",
    "asesor",
    "atencion al cliente",
    "humain",
    "conseiller",
    "service client",
    "un humain",
    "موظف",
    "موظفه",
    "خدمه العملاء",
    "خدمه عملاء",
    "الدعم",
    "الدعم الفني",
    "دعم",
    "مندوب",
    "شخص",
    "شخص حقيقي",
    "انسان",
    "بشري",
    "مسؤول",
    "المسؤول",
    "المدير",
    "كلموني",
    "كلمني",
    "اتصلوا بي",
    "اتصلوا علي",
    "اتصلوا فيني",
    "اتصل بي",
    "اتصل علي",
    "في حد هنا",
    "في احد هنا",
    "فيه احد",
    "في حدا",
    "فيه حد",
    "احد يرد علي",
    "حد يرد عليا",
];

/// Said of somebody else, of another time, or not wanted.
const OTHERWISE: &[&str] = &[
    "yesterday",
    "already",
    "do i need to",
    "do i have to",
    "should i",
    "must i",
    "who should i",
    "who do i",
    "who can i",
    "no need to",
    "dont need to",
    "do not need to",
    "dont have to",
    "dont want to speak to a human",
    "dont want to talk to a human",
    "dont want to talk to a person",
    "without talking",
    "without speaking",
    "لا اريد التحدث مع موظف",
    "لا احتاج",
    "ما احتاج",
    "مش محتاج",
    "امس",
    "مبارح",
    "كلمت",
    "تكلمت",
    "بدون ما اكلم",
    "هل يجب",
];

static SAID: LazyLock<RegexSet> = LazyLock::new(|| {
    let who = "(?:human|person|agent|representative|rep|operator|manager|supervisor|somebody|someone|staff|employee|colleague|\
               support|customer (?:service|support|care)|owner|member of staff|team member|team|advis[eo]r|receptionist|reception)";
    let article = "(?:(?:a|an|the|your|some|any|one of your|my|another) )?(?:(?:real|live|actual|human|living|proper|different|sales|support) )*";
    let speak = "(?:speak|talk|chat|connect me|connect|transfer me|transfer|put me through|put me|switch me|forward me|hand me over|pass me|\
                 redirect me|escalate this|escalate|get through|be connected|be transferred)";
    let one = "(?:human(?: being)?|person|agent|representative|rep|operator|manager|supervisor|customer (?:service|support|care))";
    let after = "(?:$|please|pls|now|not|instead|asap|here|immediately|right|to (?:talk|speak|help|answer|call|assist|contact|chat)|on (?:the|this))";
    let hand_over = "(?:اكلم|نكلم|اكلمكم|اتكلم|نتكلم|اتواصل|احكي|نحكي|احاكي|اتحدث|كلمني|حولني|حولوني|حوليني|حولنا|وصلني|وصلوني|وصليني|يحولني|تحولني|تحولوني|\
                 تحوليني|تحويلي|التحدث|التواصل|التكلم|التحويل|احول|توصلني|توصلوني|تكلمني|اتحول|اشوف)";
    let employee = "(?:لل|ال|ل|ب)?(?:شخص|انسان|موظف|موظفه|موظفين|موظفيكم|مندوب|مسؤول|مسوول|مسئول|مدير|مديره|حد|حدا|احد|بشر|بشري|عملاء|دعم|ممثل|مشرف|واحد|\
                  ادمي|اداره|خدمه عملاء|خدمه العملاء|مختص|وكيل)";
    let patterns = [
        format!(" {speak} (?:to|with) {article}{who} "),
        format!(" (?:want|need|wanna|gimme|give me|get me|prefer|require|like|have|get|find me|demand) {article}{one} {after}"),
        " (?:someone|somebody|a person|a human|an agent|a manager|anyone|the manager|your manager|your team) (?:please )?(?:to )?(?:call|contact|phone|ring) (?:me|us) ".into(),
        " (?:please|can you|could you|pls|kindly) (?:call|phone|ring) (?:me|us) (?:$|back|on|at|when|asap|now|please|as soon)".into(),
        " is (?:there|this) (?:a |an |any )?(?:real |live )?(?:person|human|someone|somebody|agent|anyone) (?:there |here |available )?(?:$|i can (?:talk|speak|chat)|to (?:talk|speak|chat))".into(),
        " (?:not|no|sick of|tired of|hate|dont want|do not want|dont wanna|instead of) (?:\\S+ ){0,4}(?:bots?|robots?|chatbots?|machines?) ".into(),
        // Arabic
        format!(" {hand_over} (?:مع |الي |علي |ب|من )?(?:اي )?{employee} "),
        format!(" {hand_over} (?:مع |الي |علي )?(?:خدمه|فريق|قسم) (?:ال)?(?:عملاء|زبائن|دعم|خدمه|مبيعات) "),
        format!(" (?:ابي|ابغي|ابغا|اريد|بدي|عايز|عاوز|عايزه|محتاج|احتاج|اعطني|عطني|عطوني|ودي) (?:اي )?{employee} (?:$|حقيقي|يرد|يكلمني|يساعدني|يتواصل|بشري|من فضلك|لو سمحت|ضروري)"),
        " (?:ما|مش|لا|مو) (?:ابي|ابغي|ابغا|اريد|عايز|عاوز|بدي|احب|اكلم|احكي|حاب) (?:\\S+ ){0,3}(?:ال)?(?:بوت|روبوت|شات بوت|انسان الي|رد الي) ".into(),
        " (?:احد|حد|حدا|المدير|مدير|موظف|شخص|مسؤول|اي حد) (?:منكم )?(?:يكلمني|يتصل|يتواصل معي|يرد علي|يرد عليا|يكلمنا|يحاكيني) ".into(),
        " (?:هل|في|فيه|ممكن) (?:يوجد |هناك )?(?:موظف|شخص|احد|حد|حدا) (?:حقيقي )?(?:اكلمه|يرد|متاح|متوفر|هنا|معي) ".into(),
        // German, Spanish, French
        " mit (?:einem |einer |ihrem |dem |der |jemandem |nem )?(?:echten |richtigen |anderen )?(?:menschen|mitarbeiter|mitarbeiterin|person|berater|beraterin|chef|kundendienst|kundenservice|support|jemandem)? ?(?:aus \\S+ \\S+ )?(?:sprechen|reden|verbinden|verbunden|chatten) ".into(),
        " (?:verbinden sie|verbinde|verbindet) mich mit ".into(),
        " (?:hablar|chatear|comunicarme|comunicame|conectarme|conecteme|conectame|paseme|pasame|transfierame|transfiereme) (?:con|a) (?:un |una |el |la |algun )?(?:persona|humano|agente|operador|operadora|representante|asesor|asesora|encargado|gerente|alguien) ".into(),
        " (?:quiero|necesito) (?:un |una )(?:persona|humano|agente|operador|asesor) ".into(),
        " (?:parler|discuter|echanger)(?: a| avec)? (?:un |une |le |la |votre |au )?(?:vrai |vraie )?(?:humain|personne|agent|conseiller|conseillere|operateur|responsable|employe|service client|quelqu ?un) ".into(),
        " (?:veux|voudrais|passez moi) (?:un |une )(?:vrai |vraie )?(?:humain|personne|agent|conseiller|conseillere) ".into(),
    ];
    RegexSet::new(patterns).expect("the patterns above are well-formed")
});

/// Whether a person is asked for, and how clearly.
pub(super) fn read(plain: &Plain) -> Option<(Intent, f32)> {
    if plain.is(WHOLE) {
        return Some((Intent::Person, 0.95));
    }
    let is_about_the_bot = plain.begins_with(&["are you", "is this", "am i", "هل انت", "انت"]);
    let is_said = SAID.is_match(&plain.padded) && !plain.has(OTHERWISE) && !is_about_the_bot;
    is_said.then_some((Intent::Person, 0.9))
}
