//! Follow-ups that need what was said before, and questions that must stay as they are.

use super::*;

fn customer(text: &str) -> Turn {
    Turn {
        author: Author::Customer,
        text: text.to_owned(),
        cited: Vec::new(),
    }
}

fn bot(quote: &str) -> Turn {
    Turn {
        author: Author::Bot,
        text: format!("{quote} [1]"),
        cited: vec![quote.to_owned()],
    }
}

/// Turns by turns, the customer's and what the bot quoted, then a question.
struct Dialogue {
    turns: &'static [(&'static str, &'static str)],
    question: &'static str,
    /// Words that the question standing for itself has, in this order.
    wanted: &'static [&'static str],
    /// Words that it doesn't have.
    unwanted: &'static [&'static str],
}

const fn dialogue(
    turns: &'static [(&'static str, &'static str)],
    question: &'static str,
    wanted: &'static [&'static str],
    unwanted: &'static [&'static str],
) -> Dialogue {
    Dialogue {
        turns,
        question,
        wanted,
        unwanted,
    }
}

fn turns(said: &[(&str, &str)]) -> Vec<Turn> {
    said.iter()
        .flat_map(|(asked, quoted)| [customer(asked), bot(quoted)])
        .collect()
}

const FALAFEL: &str = "Dish: Falafel plate | Diet: vegan | Price: 32";
const HOURS: &str = "We open at 9 in the morning.";

const FOLLOW_UPS: &[Dialogue] = &[
    dialogue(
        &[("What time do you open?", HOURS)],
        "and on Fridays?",
        &["What time do you open", "on Fridays"],
        &["and"],
    ),
    dialogue(
        &[("What time do you open?", HOURS)],
        "On Friday?",
        &["What time do you open", "On Friday"],
        &[],
    ),
    dialogue(
        &[("Are you open on Monday?", HOURS)],
        "And on Friday?",
        &["Are you open", "on Friday"],
        &["Monday"],
    ),
    dialogue(
        &[("Are you open on Monday?", HOURS)],
        "what about Friday",
        &["Are you open", "Friday"],
        &["Monday"],
    ),
    dialogue(
        &[
            ("What time do you open?", HOURS),
            ("and on Fridays?", HOURS),
        ],
        "And Saturdays?",
        &["What time do you open", "Saturdays"],
        &["Fridays"],
    ),
    dialogue(
        &[("Do you have anything vegan?", FALAFEL)],
        "how much is it?",
        &["how much is", "Falafel plate"],
        &["it?"],
    ),
    dialogue(
        &[("How much is the falafel plate?", FALAFEL)],
        "Is it spicy?",
        &["Is", "Falafel plate", "spicy"],
        &["it "],
    ),
    dialogue(
        &[("How much is the falafel plate?", FALAFEL)],
        "And the hummus?",
        &["How much is", "the hummus"],
        &["falafel"],
    ),
    dialogue(
        &[(
            "How much is the shawarma plate?",
            "Dish: Shawarma plate | Price: 38",
        )],
        "what about the vegan one?",
        &["How much is", "vegan", "Shawarma plate"],
        &[],
    ),
    dialogue(
        &[(
            "Do you deliver to Olaya?",
            "Yes, we deliver to Olaya and Malaz.",
        )],
        "and to Malaz?",
        &["Do you deliver", "to Malaz"],
        &["Olaya"],
    ),
    dialogue(
        &[("Do you deliver to Olaya?", "Yes, we deliver to Olaya.")],
        "how much does it cost?",
        &["how much does", "deliver to Olaya", "cost"],
        &[],
    ),
    dialogue(
        &[("Do you deliver to Olaya?", "Yes, we deliver to Olaya.")],
        "How much?",
        &["How much", "deliver to Olaya"],
        &[],
    ),
    dialogue(
        &[(
            "Do you sell gift cards?",
            "Gift cards are sold at the desk.",
        )],
        "How long are they valid?",
        &["How long are", "gift cards", "valid"],
        &["they"],
    ),
    dialogue(
        &[("Is the two-bedroom apartment in Marina furnished?", "Yes.")],
        "And the studio?",
        &["Is", "the studio", "in Marina", "furnished"],
        &["two-bedroom"],
    ),
    dialogue(
        &[(
            "Do you have the book Sindbad?",
            "Title: Sindbad the Sailor | Price: 45 | Pages: 320",
        )],
        "who is its author?",
        &["Sindbad the Sailor"],
        &["its "],
    ),
    dialogue(
        &[(
            "Which pizzas do you have?",
            "Dish: Margherita | Price: 30\nDish: Funghi | Price: 35",
        )],
        "Which is the cheapest?",
        &["Which", "pizzas", "cheapest"],
        &[],
    ),
    dialogue(
        &[(
            "Which pizzas do you have?",
            "Dish: Margherita | Price: 30\nDish: Funghi | Price: 35",
        )],
        "which one is vegan?",
        &["which", "pizzas", "vegan"],
        &["one"],
    ),
    dialogue(
        &[
            (
                "What vegan dishes do you have?",
                "Dish: Falafel wrap | Price: 15\nDish: Hummus | Price: 18",
            ),
            (
                "Which of them is cheapest?",
                "Dish: Falafel wrap | Price: 15",
            ),
        ],
        "And which is spicy?",
        &["which", "vegan dishes", "spicy"],
        &["wrap", "cheapest"],
    ),
    dialogue(
        &[("Do you have hummus?", "Dish: Hummus | Price: 18")],
        "and falafel?",
        &["Do you have", "falafel"],
        &["hummus"],
    ),
    dialogue(
        &[("How much is a table for two?", "A table costs nothing.")],
        "and for six?",
        &["How much is a table", "for six"],
        &["two"],
    ),
    dialogue(
        &[
            (
                "How much is the family room?",
                "Room: Family room | Price: 400",
            ),
            ("thanks", "You're welcome!"),
        ],
        "does that include breakfast?",
        &["does", "Family room", "include breakfast"],
        &["that"],
    ),
    dialogue(
        &[(
            "Tell me about the Marina apartment",
            "The Marina apartment has two bedrooms.",
        )],
        "is that apartment furnished?",
        &["is", "Marina apartment", "furnished"],
        &["that"],
    ),
    dialogue(
        &[("Do you have vegan dishes?", FALAFEL)],
        "anything cheaper?",
        &["anything cheaper", "vegan"],
        &[],
    ),
    dialogue(
        &[(
            "Do you repair air conditioners?",
            "We repair air conditioners within a day.",
        )],
        "Hi, how long does it take?",
        &["how long does", "repair air conditioners", "take"],
        &[],
    ),
    dialogue(
        &[("Wann öffnen Sie am Montag?", "Wir öffnen um neun.")],
        "und am Freitag?",
        &["Wann öffnen Sie", "am Freitag"],
        &["Montag"],
    ),
    // Arabic
    dialogue(
        &[("متى تفتحون؟", "نفتح الساعة التاسعة.")],
        "ويوم الجمعة؟",
        &["متى تفتحون", "يوم الجمعة"],
        &[],
    ),
    dialogue(
        &[("متى تفتحون يوم السبت؟", "نفتح الساعة التاسعة.")],
        "والجمعة؟",
        &["متى تفتحون", "الجمعة"],
        &["السبت"],
    ),
    dialogue(
        &[(
            "هل عندكم أطباق نباتية؟",
            "الطبق: طبق الفلافل | نباتي: نعم | السعر: 32",
        )],
        "وكم سعره؟",
        &["كم سعر", "طبق الفلافل"],
        &["سعره"],
    ),
    dialogue(
        &[("كم سعر الفلافل؟", "الطبق: الفلافل | السعر: 32")],
        "والحمص؟",
        &["كم سعر", "الحمص"],
        &["الفلافل"],
    ),
    dialogue(
        &[("كم سعر الفلافل؟", "الطبق: الفلافل | السعر: 32")],
        "وماذا عن الشاورما؟",
        &["كم سعر", "الشاورما"],
        &["الفلافل"],
    ),
    dialogue(
        &[("هل توصلون إلى العليا؟", "نعم نوصل إلى العليا.")],
        "بكم؟",
        &["بكم", "توصلون إلى العليا"],
        &[],
    ),
    dialogue(
        &[("هل توصلون إلى العليا؟", "نعم نوصل إلى العليا.")],
        "وإلى الملز؟",
        &["هل توصلون", "إلى الملز"],
        &["العليا"],
    ),
    dialogue(
        &[(
            "عندكم شقة مفروشة في المارينا؟",
            "الشقة: شقة المارينا | الإيجار: 4000",
        )],
        "كم مساحتها؟",
        &["كم مساحة", "شقة", "المارينا"],
        &["مساحتها"],
    ),
    dialogue(
        &[(
            "هل لديكم كتاب السندباد؟",
            "الكتاب: السندباد البحري | السعر: 45",
        )],
        "هل هو متوفر؟",
        &["هل", "السندباد البحري", "متوفر"],
        &["هو"],
    ),
    dialogue(
        &[("كم سعر الشاورما؟", "الطبق: الشاورما | السعر: 28")],
        "طيب والكبيرة؟",
        &["كم سعر", "الشاورما", "الكبيرة"],
        &[],
    ),
];

#[test]
fn follow_ups_get_what_they_leave_out() {
    let mut wrong = Vec::new();
    for Dialogue {
        turns: said,
        question,
        wanted,
        unwanted,
    } in FOLLOW_UPS
    {
        let whole = standalone(question, &turns(said));
        let text = whole.to_lowercase();
        let mut from = 0;
        let in_order = wanted
            .iter()
            .all(|words| match text[from..].find(&words.to_lowercase()) {
                Some(at) => {
                    from += at + words.len();
                    true
                }
                None => false,
            });
        let is_clean = unwanted
            .iter()
            .all(|words| !text.contains(&words.to_lowercase()));
        if !in_order || !is_clean {
            wrong.push(format!("{said:?} + {question} → {whole}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_question_that_stands_for_itself_stays_verbatim() {
    let earlier = turns(&[
        ("How much is the falafel plate?", FALAFEL),
        ("What time do you open on Fridays?", HOURS),
    ]);
    for question in [
        "What vegan dishes do you have?",
        "Do you have parking?",
        "Where are you located?",
        "Is it possible to book a table for six?",
        "I bought a lamp yesterday, can I return it?",
        "Do you deliver to Olaya?",
        "What is the price of the hummus?",
        "Parking?",
        "Falafel",
        "How long does it take to deliver to Malaz?",
        "Who are you?",
        "What can you do for me?",
        "how are you?",
        "Is there a kids menu?",
        "Are there any dishes that are gluten-free?",
        "Do you have a table for one person?",
        "Can I pay with a credit card?",
        "thanks!",
        "What are your opening hours this week?",
        "and do you have wifi?",
        "And where can I park?",
        "My order is late",
        "What's your phone number?",
        "Can I bring my dog?",
        "One falafel plate please",
        "do you accept Apple Pay?",
        "  What about your parking rules, where are they written?  ",
        "متى تفتحون؟",
        "ما هي ساعات العمل؟",
        "هل لديكم مواقف سيارات؟",
        "كم سعر الشاورما؟",
        "وين موقعكم؟",
        "كم سعرة حرارية في الفلافل؟",
        "وجبة أطفال عندكم؟",
        "هل فيه توصيل؟",
        "ما هو رقم الهاتف؟",
        "Haben Sie vegane Gerichte?",
        "¿Tienen mesas al aire libre?",
        "",
    ] {
        assert_eq!(standalone(question, &earlier), question);
    }
}

#[test]
fn nothing_said_before_changes_nothing() {
    for question in ["and on Fridays?", "how much is it?", "وكم سعره؟"] {
        assert_eq!(standalone(question, &[]), question);
        assert_eq!(
            standalone(question, &[customer("hi"), bot("Hello!")]),
            question
        );
    }
}

#[test]
fn a_conversation_of_ten_turns_keeps_its_thread() {
    let mut earlier = Vec::new();
    for (asked, quoted, wanted) in [
        ("Hi", "Hello!", &["hi"][..]),
        ("Do you have anything vegan?", FALAFEL, &["vegan"]),
        ("how much is it?", FALAFEL, &["falafel plate"]),
        ("thanks", "You're welcome!", &["thanks"]),
        (
            "and the hummus?",
            "Dish: Hummus | Price: 18",
            &["how much", "hummus"],
        ),
        (
            "is it spicy?",
            "Dish: Hummus | Price: 18",
            &["hummus", "spicy"],
        ),
        ("What time do you open?", HOURS, &["what time do you open"]),
        (
            "and on Fridays?",
            HOURS,
            &["what time do you open", "on fridays"],
        ),
        ("ok", "", &["ok"]),
        (
            "And on Saturdays?",
            HOURS,
            &["what time do you open", "on saturdays"],
        ),
    ] {
        let whole = standalone(asked, &earlier).to_lowercase();
        assert!(
            wanted.iter().all(|words| whole.contains(words)),
            "{asked} → {whole}"
        );
        earlier.extend(turns(&[(asked, quoted)]));
    }
}

#[test]
fn the_language_is_the_last_clear_one() {
    assert_eq!(
        language(["متى تفتحون؟", "ok", "👍"].into_iter()),
        Some("ar")
    );
    assert_eq!(
        language(["Wann haben Sie geöffnet?", "What time do you open?"].into_iter()),
        Some("en")
    );
    assert_eq!(language(["12:30", "Falafel"].into_iter()), None);
}

proptest::proptest! {
    #[test]
    fn any_dialogue_is_taken(question in "\\PC{0,60}", before in "\\PC{0,60}", quote in "\\PC{0,20} \\| \\PC{0,20}") {
        standalone(&question, &turns(&[(&before, &quote)]));
    }
}
