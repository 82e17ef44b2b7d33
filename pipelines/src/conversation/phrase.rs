//! The few words of our own, in the languages that the built-in responder speaks; English for the rest.
//!
//! A tenant's own texts (greeting, canned replies) go before these. Deliberately absent: anything about the tenant.

use chrono::{DateTime, Datelike as _, Weekday};
use chrono_tz::Tz;

/// Something the bot says by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phrase {
    /// Where the tenant has no greeting of its own.
    Greeting,
    /// That the bot doesn't know.
    NoInformation,
    /// That the bot doesn't know, and that a person will.
    AskingAPerson,
    /// Before a list.
    Found,
    /// What was asked isn't clear enough.
    AskBack,
    /// A person was asked for.
    PersonSoon,
    /// Nobody is there now; a message can be left.
    Closed,
    /// A message was taken out of hours.
    MessageTaken,
    /// After a complaint.
    Sorry,
    /// To thanks.
    YoureWelcome,
    /// To a farewell.
    Goodbye,
    /// No further messages will come.
    OptedOut,
    /// Messages will come again.
    OptedIn,
    /// How a resolved conversation went.
    Rate,
    /// To a rating.
    Rated,
    /// A kind of message that can't be read, such as a voice note.
    Unsupported,
    /// On the button that asks for a person; short enough for every channel.
    TalkToAPerson,
}

impl Phrase {
    /// The phrase in `language`.
    pub const fn say(self, language: &str) -> &'static str {
        let in_five = self.in_five();
        match language.as_bytes() {
            b"ar" => in_five[1],
            b"de" => in_five[2],
            b"es" => in_five[3],
            b"fr" => in_five[4],
            _ => in_five[0],
        }
    }

    /// In English, Arabic, German, Spanish and French.
    const fn in_five(self) -> [&'static str; 5] {
        match self {
            Self::Greeting => [
                "Hello! How can I help you?",
                "أهلاً وسهلاً! كيف يمكنني مساعدتك؟",
                "Hallo! Wie kann ich helfen?",
                "¡Hola! ¿En qué puedo ayudarle?",
                "Bonjour ! Comment puis-je vous aider ?",
            ],
            Self::NoInformation => [
                "I don't have that information.",
                "ليست لديّ هذه المعلومة.",
                "Diese Information habe ich nicht.",
                "No tengo esa información.",
                "Je n'ai pas cette information.",
            ],
            Self::AskingAPerson => [
                "I don't have that information. I'm passing your question on to a colleague.",
                "ليست لديّ هذه المعلومة، وسأحوّل سؤالك إلى أحد الزملاء.",
                "Diese Information habe ich nicht. Ich gebe Ihre Frage an das Team weiter.",
                "No tengo esa información. Paso su pregunta a un compañero.",
                "Je n'ai pas cette information. Je transmets votre question à un collègue.",
            ],
            Self::Found => [
                "Here is what I found:",
                "إليك ما وجدته:",
                "Das habe ich gefunden:",
                "Esto es lo que encontré:",
                "Voici ce que j'ai trouvé :",
            ],
            Self::AskBack => [
                "Could you tell me a bit more about what you are looking for?",
                "هل يمكنك توضيح ما تبحث عنه أكثر؟",
                "Können Sie mir etwas genauer sagen, was Sie suchen?",
                "¿Podría contarme un poco más sobre lo que busca?",
                "Pourriez-vous préciser un peu ce que vous cherchez ?",
            ],
            Self::PersonSoon => [
                "A person will answer you here soon.",
                "سيردّ عليك أحد أفراد فريقنا هنا قريباً.",
                "Ein Mensch aus unserem Team antwortet Ihnen hier in Kürze.",
                "Una persona de nuestro equipo le responderá aquí en breve.",
                "Une personne de notre équipe vous répondra ici sous peu.",
            ],
            Self::Closed => [
                "We are closed right now. Leave your message here and we will answer when we are back.",
                "نحن خارج أوقات العمل الآن. اترك رسالتك هنا وسنردّ عليك عند عودتنا.",
                "Wir haben gerade geschlossen. Hinterlassen Sie hier Ihre Nachricht, wir antworten, sobald wir zurück sind.",
                "Ahora mismo estamos cerrados. Deje aquí su mensaje y le responderemos cuando volvamos.",
                "Nous sommes fermés pour le moment. Laissez votre message ici et nous répondrons à notre retour.",
            ],
            Self::MessageTaken => [
                "Thank you, we have your message and will answer when we are back.",
                "شكراً، وصلتنا رسالتك وسنردّ عليك عند عودتنا.",
                "Danke, Ihre Nachricht ist angekommen. Wir antworten, sobald wir zurück sind.",
                "Gracias, hemos recibido su mensaje y le responderemos cuando volvamos.",
                "Merci, nous avons bien reçu votre message et répondrons à notre retour.",
            ],
            Self::Sorry => [
                "I'm sorry about that.",
                "نعتذر عمّا حدث.",
                "Das tut mir leid.",
                "Lamento lo ocurrido.",
                "Je suis désolé pour ce désagrément.",
            ],
            Self::YoureWelcome => [
                "You're welcome!",
                "على الرحب والسعة!",
                "Gern geschehen!",
                "¡De nada!",
                "Je vous en prie !",
            ],
            Self::Goodbye => [
                "Goodbye, and have a nice day!",
                "مع السلامة، ونتمنى لك يوماً سعيداً!",
                "Auf Wiedersehen und einen schönen Tag!",
                "¡Adiós y que tenga un buen día!",
                "Au revoir et bonne journée !",
            ],
            Self::OptedOut => [
                "You won't get any more messages from us. Write START to get them again.",
                "لن تصلك رسائل منّا بعد الآن. اكتب «اشتراك» لتصلك من جديد.",
                "Sie bekommen keine Nachrichten mehr von uns. Mit START bekommen Sie sie wieder.",
                "No recibirá más mensajes nuestros. Escriba START para volver a recibirlos.",
                "Vous ne recevrez plus de messages de notre part. Écrivez START pour en recevoir à nouveau.",
            ],
            Self::OptedIn => [
                "You will get our messages again. Write STOP to end them.",
                "ستصلك رسائلنا من جديد. اكتب «إلغاء الاشتراك» لإيقافها.",
                "Sie bekommen unsere Nachrichten wieder. Mit STOP beenden Sie das.",
                "Volverá a recibir nuestros mensajes. Escriba STOP para dejar de recibirlos.",
                "Vous recevrez à nouveau nos messages. Écrivez STOP pour ne plus en recevoir.",
            ],
            Self::Rate => [
                "How did we do? Please answer with a number from 1 (poor) to 5 (great).",
                "كيف كانت تجربتك معنا؟ أجب برقم من 1 (سيئة) إلى 5 (ممتازة).",
                "Wie zufrieden sind Sie? Antworten Sie mit einer Zahl von 1 (schlecht) bis 5 (sehr gut).",
                "¿Cómo le hemos atendido? Responda con un número del 1 (mal) al 5 (muy bien).",
                "Comment cela s'est-il passé ? Répondez par un chiffre de 1 (mauvais) à 5 (excellent).",
            ],
            Self::Rated => [
                "Thank you for your rating!",
                "شكراً على تقييمك!",
                "Danke für Ihre Bewertung!",
                "¡Gracias por su valoración!",
                "Merci pour votre note !",
            ],
            Self::TalkToAPerson => [
                "Talk to a person",
                "التحدث مع شخص",
                "Mit Mensch sprechen",
                "Hablar con alguien",
                "Parler à quelqu'un",
            ],
            Self::Unsupported => [
                "I can't open this kind of message. Could you write it as text?",
                "لا أستطيع قراءة هذا النوع من الرسائل. هل يمكنك كتابتها نصّاً؟",
                "Diese Art von Nachricht kann ich nicht lesen. Können Sie es als Text schreiben?",
                "No puedo abrir este tipo de mensaje. ¿Podría escribirlo como texto?",
                "Je ne peux pas ouvrir ce type de message. Pourriez-vous l'écrire en texte ?",
            ],
        }
    }
}

/// [`Phrase::Closed`], and when it opens again where that is known: the weekday and the time by the tenant's clock.
pub fn closed(language: &str, opens: Option<&DateTime<Tz>>) -> String {
    let closed = Phrase::Closed.say(language);
    let Some(opens) = opens else {
        return closed.to_owned();
    };
    let day = weekday(opens.weekday(), language);
    let time = opens.format("%H:%M");
    let again = match language {
        "ar" => format!("نفتح يوم {day} الساعة {time}."),
        "de" => format!("Wir öffnen am {day} um {time} Uhr."),
        "es" => format!("Abrimos el {day} a las {time}."),
        "fr" => format!("Nous ouvrons {day} à {time}."),
        _ => format!("We open on {day} at {time}."),
    };
    format!("{closed} {again}")
}

fn weekday(day: Weekday, language: &str) -> &'static str {
    const NAMES: [[&str; 7]; 5] = [
        [
            "Monday",
            "Tuesday",
            "Wednesday",
            "Thursday",
            "Friday",
            "Saturday",
            "Sunday",
        ],
        [
            "الاثنين",
            "الثلاثاء",
            "الأربعاء",
            "الخميس",
            "الجمعة",
            "السبت",
            "الأحد",
        ],
        [
            "Montag",
            "Dienstag",
            "Mittwoch",
            "Donnerstag",
            "Freitag",
            "Samstag",
            "Sonntag",
        ],
        [
            "lunes",
            "martes",
            "miércoles",
            "jueves",
            "viernes",
            "sábado",
            "domingo",
        ],
        [
            "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche",
        ],
    ];
    let names = match language {
        "ar" => NAMES[1],
        "de" => NAMES[2],
        "es" => NAMES[3],
        "fr" => NAMES[4],
        _ => NAMES[0],
    };
    names[day.num_days_from_monday() as usize]
}

/// Between the details of a row.
pub(super) fn comma(language: &str) -> &'static str {
    if language == "ar" { "، " } else { ", " }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone as _;

    use super::*;

    #[test]
    fn a_language_we_dont_speak_gets_english() {
        assert_eq!(Phrase::YoureWelcome.say("ja"), "You're welcome!");
        assert_eq!(Phrase::YoureWelcome.say("de"), "Gern geschehen!");
    }

    #[test]
    fn what_stands_on_a_button_fits_there() {
        for language in ["en", "ar", "de", "es", "fr"] {
            let title = Phrase::TalkToAPerson.say(language);
            assert!(title.chars().count() <= 20, "{title}");
        }
    }

    #[test]
    fn the_next_opening_is_told_by_the_tenants_clock() {
        let opens = chrono_tz::Asia::Riyadh
            .with_ymd_and_hms(2026, 11, 22, 9, 0, 0)
            .unwrap();
        assert!(closed("en", Some(&opens)).ends_with("We open on Sunday at 09:00."));
        assert!(closed("ar", Some(&opens)).ends_with("نفتح يوم الأحد الساعة 09:00."));
        assert_eq!(closed("en", None), Phrase::Closed.say("en"));
    }
}
