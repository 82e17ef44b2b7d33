//! Messages and what their writers want; where a mistake would be worst, with what only looks alike.

use super::*;

#[track_caller]
fn assert_reads(intent: &Intent, texts: &[&str]) {
    let wrong: Vec<String> = texts
        .iter()
        .map(|text| (text, read(text)))
        .filter(|(_, reading)| reading.intent != *intent)
        .map(|(text, reading)| format!("{text} → {reading:?}"))
        .collect();
    assert!(wrong.is_empty(), "not {intent:?}:\n{}", wrong.join("\n"));
}

#[test]
fn greetings() {
    assert_reads(
        &Intent::Greeting,
        &[
            "hi",
            "Hello!",
            "hey there",
            "Good morning",
            "Hi, how are you?",
            "السلام عليكم",
            "السلام عليكم ورحمة الله وبركاته",
            "مرحبا",
            "صباح الخير",
            "هلا والله",
            "أهلاً وسهلاً",
            "كيف الحال؟",
            "Hallo",
            "Hola, buenas tardes",
            "Bonjour !",
            "hi team",
            "/start",
        ],
    );
}

#[test]
fn a_greeting_before_a_question_is_noted() {
    for text in [
        "Hi, do you deliver?",
        "Good evening. What time do you close?",
        "السلام عليكم، كم سعر التوصيل؟",
        "hello menu",
        "مرحبا متى تفتحون",
    ] {
        let reading = read(text);
        assert_eq!(reading.intent, Intent::Question, "{text}");
        assert!(reading.greeted, "{text}");
    }
    assert!(!read("do you deliver?").greeted);
    assert!(!read("hi").greeted);
}

#[test]
fn thanks_goodbyes_and_acknowledgements() {
    assert_reads(
        &Intent::Thanks,
        &[
            "thanks",
            "Thank you so much!",
            "thx",
            "ok thanks",
            "great, thank you",
            "Thanks for your quick help yesterday",
            "شكراً",
            "شكرا جزيلا لكم",
            "يعطيكم العافية",
            "تسلم",
            "مشكورين ما قصرتوا",
            "Danke schön",
            "Vielen Dank!",
            "muchas gracias",
            "Merci beaucoup",
            "تمام شكرا",
        ],
    );
    assert_reads(
        &Intent::Goodbye,
        &[
            "bye",
            "Goodbye!",
            "thanks, bye",
            "see you tomorrow",
            "مع السلامة",
            "تصبح على خير",
            "Tschüss",
            "Adiós",
            "Au revoir",
            "have a nice day",
        ],
    );
    assert_reads(
        &Intent::Acknowledgement,
        &[
            "ok",
            "Yes",
            "no",
            "perfect!",
            "تمام",
            "👍",
            "نعم",
            "no thanks",
            "لا شكراً",
            "got it",
            "طيب",
            "إن شاء الله",
            "that's all",
        ],
    );
}

#[test]
fn questions_with_courtesies_around_stay_questions() {
    assert_reads(
        &Intent::Question,
        &[
            "Thanks, and how much is delivery?",
            "ok and on Fridays?",
            "What is your address?",
            "falafel",
            "Is it good?",
            "شكرا، ومتى تفتحون؟",
            "How are you different from the others?",
            "I need the menu, thanks",
            "yes I want two falafel plates",
            "Is the kitchen open now?",
            "What's your refund policy?",
            "What happens if my order is late?",
            "هل التوصيل مجاني؟",
            "عندكم واي فاي",
        ],
    );
}

#[test]
fn a_person_is_clearly_asked_for() {
    assert_reads(
        &Intent::Person,
        &[
            "Can I talk to a human?",
            "I want to speak to a manager",
            "human please",
            "agent",
            "connect me with customer service",
            "Please transfer me to a real person",
            "I don't want to talk to a bot",
            "Could someone call me?",
            "I need a human",
            "can i speak with someone about my contract",
            "is there a real person here?",
            "call me back please",
            "Is anyone there?",
            "let me talk to your supervisor now",
            "Hi, I'd like to chat with an agent",
            "أريد التحدث مع موظف",
            "ابغى اكلم موظف",
            "حولني لخدمة العملاء",
            "بدي احكي مع حدا",
            "عايز أكلم حد من خدمة العملاء",
            "ممكن تحولني على موظف",
            "موظف",
            "ما ابغى بوت",
            "خدمة العملاء لو سمحت",
            "ممكن احد يتصل علي",
            "حاب اتواصل مع الإدارة",
            "وصلني بالمدير",
            "Ich möchte mit einem Mitarbeiter sprechen",
            "Kann ich mit jemandem reden?",
            "Quiero hablar con una persona",
            "Hablar con un agente por favor",
            "Je veux parler à un humain",
            "Puis-je parler à quelqu'un ?",
        ],
    );
}

#[test]
fn people_as_a_subject_are_no_request() {
    assert_reads(
        &Intent::Question,
        &[
            "Is there a person I can ask about allergies?",
            "Does the price include the agent fee?",
            "How many people fit at one table?",
            "Who is the manager?",
            "Are you a bot?",
            "Do I need to speak to someone before booking?",
            "Is the staff vaccinated?",
            "Table for one person please?",
            "How much per person?",
            "Does your staff speak Arabic?",
            "I need an agent license, do you sell books on it?",
            "Can I talk to my friends in the library?",
            "كم السعر للشخص الواحد؟",
            "هل الموظفون يتكلمون الإنجليزية؟",
            "كم عدد الموظفين؟",
            "طاولة لشخصين",
            "I spoke to an agent yesterday, what is the address?",
            "من هو المدير؟",
            "Do you support Apple Pay?",
        ],
    );
}

#[test]
fn opting_out_is_clearly_said() {
    assert_reads(
        &Intent::OptOut,
        &[
            "STOP",
            "stop",
            "Stop!",
            "Unsubscribe",
            "please stop",
            "STOP ALL",
            "Stop promotions",
            "opt out",
            "stop sending me messages",
            "Please don't message me again",
            "remove me from your list",
            "I want to unsubscribe",
            "No more messages please",
            "unsubscribe me from this list",
            "I don't want to receive any more messages",
            "إلغاء الاشتراك",
            "الغاء الاشتراك",
            "توقف",
            "إيقاف",
            "لا ترسلوا لي رسائل",
            "وقفوا الرسائل",
            "ما ابي رسائلكم",
            "أريد إلغاء الاشتراك",
            "احذفوا رقمي",
            "بطلوا رسايل",
            "Abmelden",
            "Bitte keine Nachrichten mehr",
            "BAJA",
            "No me escriban más",
            "darme de baja",
            "Désabonner",
            "arrêtez de m'envoyer des messages",
            "STOPP",
        ],
    );
}

#[test]
fn stopping_something_else_is_no_opt_out() {
    assert_reads(
        &Intent::Question,
        &[
            "stop by tomorrow?",
            "Can I stop by tomorrow?",
            "Is there a bus stop near you?",
            "How do I unsubscribe from the newsletter?",
            "Can I opt out of the cleaning service?",
            "When do you stop serving breakfast?",
            "don't send me the menu, send the wine list",
            "cancel my order",
            "I want to cancel",
            "remove the onions from my order",
            "end of lease",
            "هل يتوقف الباص عندكم؟",
            "كيف ألغي الاشتراك الشهري؟",
            "الغاء الطلب",
            "متى تتوقف خدمة الإفطار؟",
            "وين موقف السيارات؟",
            "does the 22 bus stop there",
            "أريد إلغاء الحجز",
            "Tell them to stop at the gate, what's the address?",
            "كم سعر الاشتراك الشهري",
        ],
    );
}

#[test]
fn opting_in_again() {
    assert_reads(
        &Intent::OptIn,
        &[
            "START",
            "subscribe",
            "Unstop",
            "اشتراك",
            "اشترك",
            "Anmelden",
            "alta",
        ],
    );
    assert_reads(
        &Intent::Question,
        &[
            "When does the course start?",
            "start date?",
            "كم سعر الاشتراك",
            "do you have a subscription?",
        ],
    );
}

#[test]
fn complaints() {
    assert_reads(
        &Intent::Complaint,
        &[
            "My order never arrived",
            "The food was cold and tasteless",
            "This is terrible service!",
            "Where is my order? It's been two hours",
            "I want to make a complaint",
            "Still waiting for my delivery",
            "Why is my order so late?",
            "You sent the wrong order",
            "thanks for nothing",
            "😡😡",
            "Hi, my order is late again",
            "الطلب تأخر ساعتين",
            "الخدمة سيئة جدا",
            "وصل الأكل بارد",
            "لسه ما وصل طلبي",
            "عندي شكوى",
            "أسوأ مطعم",
            "طلبي ناقص",
            "المكيف خربان",
        ],
    );
    assert_reads(
        &Intent::Question,
        &[
            "What happens if the food arrives cold?",
            "How do I make a complaint?",
            "Do you charge a late fee?",
            "I lost my card, what do I do?",
            "Is it too late to order?",
            "كيف أقدم شكوى؟",
            "هل عندكم مشروبات باردة؟",
            "Do you deliver late at night?",
        ],
    );
}

#[test]
fn a_tenants_intent_doesnt_outweigh_a_person() {
    let custom = || Some(("book_table".to_owned(), 0.8));
    assert_eq!(
        read("A table for two?").or_custom(custom()).intent,
        Intent::Custom("book_table".into())
    );
    assert_eq!(
        read("Can I talk to a human?").or_custom(custom()).intent,
        Intent::Person
    );
    assert_eq!(read("STOP").or_custom(custom()).intent, Intent::OptOut);
    assert_eq!(
        read("A table for two?").or_custom(None).intent,
        Intent::Question
    );
}

#[test]
fn the_nearest_intent_must_be_near_and_alone() {
    let examples = vec![
        (0, vec![1.0, 0.0]),
        (1, vec![0.0, 1.0]),
        (0, vec![0.8, 0.6]),
    ];
    assert_eq!(
        nearest(&examples, &[1.0, 0.0]).map(|(intent, _)| intent),
        Some(0)
    );
    assert_eq!(
        nearest(&examples, &[0.0, 1.0]).map(|(intent, _)| intent),
        Some(1)
    );
    assert_eq!(nearest(&examples, &[0.447, 0.894]), None, "between the two");
    assert_eq!(nearest(&examples, &[-1.0, 0.0]), None, "far from both");
    assert_eq!(nearest(&[], &[1.0, 0.0]), None);
}

proptest::proptest! {
    #[test]
    fn any_text_is_read(text in "\\PC{0,120}") {
        let reading = read(&text);
        proptest::prop_assert!((0.0..=1.0).contains(&reading.confidence));
        proptest::prop_assert!(!matches!(reading.intent, Intent::Custom(_)));
    }
}
