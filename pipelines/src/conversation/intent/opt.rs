//! No more messages, or messages again.
//!
//! A word like "stop" counts only by itself. Words that business has other uses for ("cancel", "end", "الغاء") don't
//! count at all: they end orders and contracts. In a longer message it must be said of messages.

use std::sync::LazyLock;

use regex::RegexSet;

use super::{Intent, plain::Plain};

const OUT: &[&str] = &[
    "stop",
    "stopall",
    "stop all",
    "unsubscribe",
    "unsubscribe me",
    "unsub",
    "optout",
    "opt out",
    "opt me out",
    "stop messages",
    "stop promotions",
    "stop promo",
    "stop marketing",
    "stop ads",
    "stop texting",
    "stop spam",
    "stop spamming",
    "remove me",
    "no more messages",
    "stopp",
    "abmelden",
    "abbestellen",
    "austragen",
    "baja",
    "darme de baja",
    "dar de baja",
    "cancelar suscripcion",
    "desuscribir",
    "desuscribirme",
    "parar",
    "detener",
    "desabonner",
    "desabonnement",
    "desinscription",
    "desinscrire",
    "me desabonner",
    "arret",
    "الغاء الاشتراك",
    "الغاء اشتراك",
    "الغاء اشتراكي",
    "الغ الاشتراك",
    "الغي الاشتراك",
    "الغوا الاشتراك",
    "الغوا اشتراكي",
    "الغي اشتراكي",
    "ايقاف",
    "ايقاف الرسائل",
    "ايقاف الاشتراك",
    "توقف",
    "توقفوا",
    "اوقف",
    "قف",
    "ايقاف الرسايل",
    "وقف الرسائل",
    "وقف الرسايل",
    "ايقاف الاعلانات",
];

const IN: &[&str] = &[
    "start",
    "unstop",
    "subscribe",
    "subscribe me",
    "resubscribe",
    "optin",
    "opt in",
    "opt me in",
    "start messages",
    "anmelden",
    "alta",
    "darme de alta",
    "suscribir",
    "suscribirme",
    "abonner",
    "mabonner",
    "abonnement",
    "inscription",
    "اشتراك",
    "اشترك",
    "الاشتراك",
    "اعاده الاشتراك",
    "تفعيل الاشتراك",
    "تفعيل",
    "ارجاع الاشتراك",
    "اعاده تفعيل الاشتراك",
];

/// Asked about, or only imagined.
const ASKED: &[&str] = &[
    "how",
    "what",
    "why",
    "when",
    "where",
    "did",
    "does",
    "do you",
    "if",
    "who",
    "which",
    "is",
    "are",
    "كيف",
    "هل",
    "متي",
    "ليش",
    "لماذا",
    "ليه",
    "كم",
    "ماذا",
    "wie",
    "warum",
    "wann",
    "como",
    "cuando",
    "por que",
    "comment",
    "pourquoi",
    "quand",
];

static SAID: LazyLock<RegexSet> = LazyLock::new(|| {
    let messages = "(?:messages?|texts?|ads?|adverts?|promos?|promotions?|offers?|updates?|newsletters?|spam|notifications?|emails?)";
    let arabic =
        "(?:ال)?(?:رسائل|رسايل|رساله|رسائلكم|رسايلكم|اعلانات|اعلاناتكم|عروض|عروضكم|مسجات|مسج)";
    let patterns = [
        format!(" stop (?:sending|texting|messaging|contacting|spamming|whatsapping|emailing) (?:me|us|these|this|{messages}|any|all|so) "),
        format!(" stop (?:all |the |these |your |sending )*{messages} "),
        " (?:dont|do not|never) (?:ever )?(?:text|message|contact|write|spam|whatsapp) (?:to )?(?:me|us|this number) (?:again|anymore|any more|ever) ".into(),
        format!(" (?:dont|do not|never) (?:ever )?send (?:me |us )?(?:any |more |any more |anymore |these |your )*{messages} "),
        format!(" i (?:dont|do not|no longer) want (?:to (?:receive|get) )?(?:any |more |any more |these |your )*{messages} "),
        format!(" no more {messages} "),
        format!(" (?:unsubscribe me|opt me out|unsubscribe|opt out) (?:from|of) (?:all |the |these |this |your |any |marketing |promotional |mailing )*(?:{messages}|list|lists) "),
        " (?:want|like|wish|need) to (?:unsubscribe|opt out) $".into(),
        " (?:remove|take|delete) (?:me|us|my number|this number) (?:from|off) (?:your|the|this|all) (?:\\S+ )?(?:lists?|database|contacts|group) ".into(),
        // Arabic
        format!(" (?:لا|ما|ماعاد|لاعاد|عدم) (?:عاد )?(?:ترسلون|ترسلوا|ترسل|ترسلو|ترسلي|تبعتوا|تبعتولي|تبعثوا|ترسلولي|ترسلوني|ارسال|تبعتلي) (?:\\S+ ){{0,3}}(?:{arabic}|مره ثانيه|مره اخري|تاني|ثاني|شي|شيء) "),
        " (?:لا|ما|ماعاد|لاعاد) (?:عاد )?(?:تراسلوني|تراسلني|تراسلونا|تزعجوني|تكلموني|تتواصلوا معي) (?:بعد|مره|ثاني|تاني|ابدا|مجددا) ".into(),
        format!(" (?:وقفوا|وقفو|اوقفوا|اوقفو|بطلوا|بطلو|بطل|اوقف|ايقاف|وقف) (?:ارسال |بعت |عني |لي )*(?:هذه |هذي |كل )?{arabic} "),
        format!(" (?:لا|ما|مش|مو) (?:ابي|ابغي|ابغا|اريد|بدي|عايز|عاوز|ارغب) (?:\\S+ ){{0,2}}(?:ب|في )?{arabic} "),
        " (?:اريد|ابي|ابغي|بدي|عايز|عاوز|ارغب في|ارجو|حاب|حابب) (?:الغاء|الغي|ايقاف) (?:ال)?اشتراك(?:ي)? $".into(),
        " (?:احذفوا|احذف|شيلوا|شيلو|امسحوا|ازيلوا|احذفو) رقمي ".into(),
        " (?:شيلوني|احذفوني|ازيلوني|شيلني|احذفني) من (?:ال|هال)?(?:قائمه|قايمه|ليسته|لسته|جروب|قروب|مجموعه|رسائل) ".into(),
        // German, Spanish, French
        " keine? (?:weiteren? |einzige )?(?:nachrichten?|werbung|angebote?|newsletter|sms) mehr ".into(),
        " (?:nachrichten|newsletter|werbung) (?:abbestellen|abmelden) ".into(),
        " (?:melden sie|meldet|melde) mich (?:\\S+ ){0,3}ab ".into(),
        " no (?:me |nos )?(?:envien|manden|escriban|envies|mandes|escribas|contacten) mas ".into(),
        " (?:dame|deme|denme|darme) de baja ".into(),
        " (?:dejen|deje|deja|dejad) de (?:enviarme|escribirme|mandarme|enviar mensajes|mandar mensajes) ".into(),
        " (?:arretez|arrete|cessez) de (?:me contacter|m ?envoyer|m ?ecrire) ".into(),
        " ne (?:me |m ?)(?:envoyez|contactez|ecrivez) plus ".into(),
        " (?:desabonnez|desinscrivez) moi ".into(),
        " (?:veux|voudrais|souhaite) me (?:desabonner|desinscrire) ".into(),
    ];
    RegexSet::new(patterns).expect("the patterns above are well-formed")
});

/// An opt-out or opt-in, and how clear it is.
pub(super) fn read(plain: &Plain) -> Option<(Intent, f32)> {
    if plain.is(OUT) {
        return Some((Intent::OptOut, 0.98));
    }
    if plain.is(IN) {
        return Some((Intent::OptIn, 0.95));
    }
    let is_said = SAID.is_match(&plain.padded)
        && !plain.begins_with(ASKED)
        && !plain.has(&["if i", "لو", "اذا"]);
    is_said.then_some((Intent::OptOut, 0.9))
}
