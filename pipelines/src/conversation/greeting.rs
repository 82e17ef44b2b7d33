//! What the bot says first, in the language that somebody reads.

use wafaa_domain::BotSettings;

use super::phrase::Phrase;

/// The greeting in `language`: the tenant's own, which is written in the bot's first language, and ours in others. The
/// one that settings begin with is ours.
pub fn greeting<'a>(bot: &'a BotSettings, language: &str) -> &'a str {
    let own = bot.greeting.trim();
    let is_ours = own.is_empty() || own == Phrase::Greeting.say("en");
    if is_ours || language != first(bot) {
        return Phrase::Greeting.say(language);
    }
    own
}

/// Of the languages that somebody reads, best first, the first one that the bot speaks; else the bot's own. They may be
/// tags with a region, such as `ar-SA`.
pub fn spoken<'a>(bot: &'a BotSettings, wanted: impl Iterator<Item = &'a str>) -> &'a str {
    let speaks = |tag: &str| {
        let code = tag.split(['-', '_']).next().unwrap_or_default().trim();
        let mut known = bot.languages.iter();
        known.find(|language| language.eq_ignore_ascii_case(code))
    };
    let mut wanted = wanted;
    wanted
        .find_map(speaks)
        .map_or_else(|| first(bot), String::as_str)
}

fn first(bot: &BotSettings) -> &str {
    bot.languages.first().map_or("en", String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tenants_own_words_are_said_in_their_language_only() {
        let bot = BotSettings {
            languages: vec!["ar".into(), "en".into()],
            greeting: " يا هلا ".into(),
            ..BotSettings::default()
        };
        assert_eq!(greeting(&bot, "ar"), "يا هلا");
        assert_eq!(greeting(&bot, "en"), "Hello! How can I help you?");
        for unset in ["", BotSettings::default().greeting.as_str()] {
            let unset = BotSettings {
                greeting: unset.into(),
                ..bot.clone()
            };
            assert_eq!(greeting(&unset, "ar"), Phrase::Greeting.say("ar"));
        }
        let spoken = |wanted: &'static str| super::spoken(&bot, wanted.split(','));
        assert_eq!(spoken("en-GB,ar"), "en");
        assert_eq!(spoken("ja, EN"), "en");
        assert_eq!((spoken("ja"), spoken("")), ("ar", "ar"));
    }
}
