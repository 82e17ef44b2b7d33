//! Sentences and how they sound.

use super::*;

#[track_caller]
fn assert_labels(label: Label, language: Option<&str>, texts: &[&str]) {
    for text in texts {
        let judged = sentiment(text, language);
        assert_eq!(judged.label, label, "{text}: {judged:?}");
    }
}

#[test]
fn english_with_negation_and_emoji() {
    assert_labels(
        Label::Positive,
        Some("en"),
        &[
            "Great food, thank you!",
            "Not bad at all",
            "perfect",
            "See you then 😊",
            "The delivery was on time",
        ],
    );
    assert_labels(
        Label::Negative,
        Some("en"),
        &[
            "This is not good",
            "The soup isn’t great",
            "ok 😡",
            "My order never arrived",
            "Still waiting for my food",
            "The food was cold",
            "wrong order again 👎",
        ],
    );
    assert_labels(
        Label::Neutral,
        Some("en"),
        &[
            "Where are you located?",
            "What happens if the order is late?",
            "A table for two at eight",
        ],
    );
}

#[test]
fn arabic_of_several_places() {
    assert_labels(
        Label::Positive,
        Some("ar"),
        &[
            "الأكل لذيذ والخدمة ممتازة",
            "يعطيكم العافية",
            "ما قصرتوا والله",
            "مرة حلو المكان",
            "الشاورما بتجنن",
            "كل شي كان تحفة بجد",
            "التوصيل سريع ومو غالي",
            "رااااائع",
            "ما شاء الله عليكم",
            "عجبني كتير",
            "خدمتكم مو سيئة",
            "أنصح الجميع بتجربته",
        ],
    );
    assert_labels(
        Label::Negative,
        Some("ar"),
        &[
            "الأكل مو حلو",
            "الخدمة سيئة جداً",
            "الطلب تأخر ساعتين",
            "مش كويس خالص",
            "معجبنيش الأكل",
            "لسه ما وصل طلبي",
            "الأكل وصل بارد",
            "أسوأ تجربة في حياتي",
            "ما أنصح فيه",
            "محدش بيرد عليا",
            "الأكل لذيذ بس التوصيل تأخر كثير",
            "غالي وما يستاهل",
            "حسبي الله ونعم الوكيل",
            "ليس جيداً",
            "لم يكن لذيذا",
            "طلبي ناقص 😠",
        ],
    );
    assert_labels(
        Label::Neutral,
        Some("ar"),
        &[
            "كم سعر طبق الفلافل؟",
            "متى تفتحون؟",
            "حبيت أسأل عن ساعات العمل",
            "هل عندكم مشروبات باردة؟",
            "أين يقع الفرع؟",
            "هل تقدمون خدمة مكافحة الحشرات؟",
        ],
    );
}

#[test]
fn a_language_without_a_lexicon_is_judged_by_its_emoji() {
    let plain = sentiment("Das Essen war kalt und die Bedienung schlecht", None);
    assert_eq!((plain.label, plain.method), (Label::Neutral, "emoji"));
    assert_labels(
        Label::Negative,
        None,
        &["Das Essen war kalt und die Bedienung schlecht 😡"],
    );
}

#[test]
fn what_is_clearly_meant_is_strong() {
    for text in [
        "Worst experience ever, I am so angry!!",
        "أسوأ خدمة، نصابين",
        "😡😡😡",
    ] {
        assert!(sentiment(text, None).is_alarming(), "{text}");
    }
    for text in [
        "the soup is a bit too salty",
        "متى يصل طلبي؟",
        "I love it!!!",
    ] {
        assert!(!sentiment(text, None).is_alarming(), "{text}");
    }
}

#[test]
fn the_message_decides_by_its_own_language_first() {
    assert_eq!(
        sentiment("الخدمة رائعة", Some("en")).method,
        "arabic-lexicon"
    );
    assert_eq!(sentiment("Perfect!", Some("ar")).method, "vader");
    assert_eq!(sentiment("Perfekt!", Some("de")).method, "emoji");
}

proptest::proptest! {
    #[test]
    fn any_text_has_a_score(text in "\\PC{0,80}") {
        let score = sentiment(&text, None).score;
        proptest::prop_assert!((-1.0..=1.0).contains(&score));
    }
}

#[test]
fn the_arabic_lexicon_has_no_word_twice_in_two_directions() {
    let mut known = std::collections::HashMap::new();
    for (entry, valence) in lexicon::entries(include_str!("arabic.txt")) {
        if let Some(before) = known.insert(entry, valence) {
            assert!(before.signum() == valence.signum(), "{entry}");
        }
    }
    assert!(known.len() > 900, "{}", known.len());
}
