//! Questions to the demo businesses, with words of the passage that answers each; nothing where none does.
//! Those without an answer are such as a customer might well ask.

use wafaa_domain::BotSettings;
use wafaa_pipelines::conversation::Responder;

use crate::Library;

pub(super) const QUESTIONS: &[(&str, &[(&str, &str)])] = &[
    (
        "bayt-falafel",
        &[
            ("What vegan dishes do you have?", "vegan"),
            ("Which dishes are gluten-free?", "gluten-free"),
            ("How much is the lentil soup?", "lentil soup"),
            ("What does the falafel plate cost?", "Falafel plate"),
            ("Do you deliver?", "deliver within 8 km"),
            ("How much does delivery cost?", "Delivery fee: "),
            ("Is there a minimum order for delivery?", "Minimum order"),
            ("Can I book a table for 12 people?", "9 guests or more"),
            (
                "Do I have to pay a deposit for a group?",
                "deposit of 50 SAR",
            ),
            ("Can I cancel my reservation?", "cancelled free of charge"),
            ("How long do you keep my table?", "15 minutes"),
            ("Is the falafel vegan?", "chickpeas, onion"),
            ("Is your chicken halal?", "halal"),
            ("Do you have a kids menu?", "half a portion"),
            ("Are taxes included?", "VAT"),
            ("Can I pay with Apple Pay?", "Apple Pay"),
            ("Do you do catering for weddings?", "20 to 300 guests"),
            ("When do you open in Ramadan?", "Maghrib"),
            ("Do you have parking?", "parking"),
            ("Which branches have parking?", "parking"),
            ("Where is the Tahlia branch?", "Prince Mohammed"),
            ("What is the phone number of the Olaya branch?", "555 0110"),
            ("Can I bring a birthday cake?", "birthday cakes"),
            ("Which dishes contain nuts?", "nuts"),
            ("Do you have a private room?", "Private room"),
            ("Is there a terrace?", "Terrace"),
            ("I'm allergic to sesame, what should I avoid?", "Sesame"),
            ("Do you accept bitcoin?", ""),
            ("Do you sell sushi?", ""),
            ("Do you have live music?", ""),
            ("Does the fattoush contain gluten?", "Wheat (gluten)"),
            (
                "How much is the fattoush and does it contain gluten?",
                "Wheat (gluten)",
            ),
            ("What are the vegan dishes?", "Mujaddara"),
            ("Where can I park?", "valet"),
            ("Who is the chef?", ""),
            ("Do you serve wine?", ""),
            ("Are you hiring?", ""),
            ("Is there wifi?", ""),
            ("How many calories are in the kofta?", ""),
            ("Do you have a branch in Dubai?", ""),
            ("Can I bring my dog?", ""),
            ("Who is the president of France?", ""),
            ("Do you offer cooking classes?", ""),
            ("When was the restaurant founded?", ""),
            ("Do you have a loyalty programme?", ""),
            ("ما هي الأطباق النباتية؟", "نباتي"),
            ("كم سعر شوربة العدس؟", "شوربة عدس"),
            ("هل يوجد توصيل؟", "٨ كيلومترات"),
            ("كم رسوم التوصيل؟", "٨ كيلومترات"),
            ("هل الفلافل نباتية؟", "نباتية تماما"),
            ("ما سعر طبق الفلافل؟", "طبق فلافل"),
            ("هل عندكم تبولة؟", "تبولة"),
            ("هل يحتوي الفتوش على الغلوتين؟", "Wheat (gluten)"),
            ("كم سعر الفتوش وهل فيه غلوتين؟", "Wheat (gluten)"),
            ("ما الأطباق الخالية من الغلوتين؟", "شوربة عدس"),
            ("هل تحتوي المحمرة على مكسرات؟", "يحتوي على مكسرات"),
            (
                "ما هي الأطباق التي تحتوي على مكسرات وسعرها أقل من ٢٥ ريال؟",
                "بقلاوة",
            ),
            ("هل تبيعون السوشي؟", ""),
            ("هل يوجد واي فاي؟", ""),
            ("هل تقبلون العملات الرقمية؟", ""),
            ("من هو مدير المطعم؟", ""),
            ("هل عندكم فرع في دبي؟", ""),
            ("هل يوجد عزف موسيقى؟", ""),
            ("متى تأسس المطعم؟", ""),
        ],
    ),
    (
        "noor-homes",
        &[
            ("What two-bedroom apartments do you have?", "2 bedrooms"),
            ("How much is a studio in Palm Court?", "Studio"),
            ("How do I report a water leak?", "Report a problem"),
            ("My air conditioning is broken, what do I do?", "thermostat"),
            ("How fast do you fix a burst pipe?", "burst pipe"),
            ("Can I keep a dog?", "one dog"),
            ("When is the rent due?", "1st of each month"),
            ("What happens if I pay late?", "late fee"),
            ("How much is the security deposit?", "one month's rent"),
            ("When do I get my deposit back?", "14 days"),
            ("What does the rent include?", "cooling of shared areas"),
            ("Is internet included?", "internet"),
            ("Can I paint the walls?", "light colours"),
            ("May I rent my flat on Airbnb?", "Subletting"),
            ("How long is the lease?", "12 months"),
            ("Can I end my lease early?", "fee of one month"),
            ("I lost my key", "replacement key"),
            ("What are the gym hours?", "gym from 05:00"),
            ("When are the quiet hours?", "22:00 to 07:00"),
            ("Where can visitors park?", "visitor code"),
            ("How can I arrange a viewing?", "Viewings take"),
            ("Which documents do I need?", "iqama"),
            ("What is the emergency number?", "800 555 0142"),
            ("What is the wifi password?", ""),
            ("Do you sell villas?", ""),
            ("Is there a school nearby?", ""),
            ("Do you offer cleaning inside the apartment?", ""),
            ("Can I get a mortgage from you?", ""),
            ("Do you have homes in Dammam?", ""),
            ("Is there a sauna?", ""),
            ("Who owns Noor Homes?", ""),
            ("What is the weather tomorrow?", ""),
            ("Do you accept cryptocurrency?", ""),
            ("Is breakfast served?", ""),
            ("كم مبلغ التأمين؟", "إيجار شهر واحد"),
            ("ما أوقات الهدوء؟", "العاشرة مساء"),
            ("متى أسترد التأمين؟", "١٤ يوما"),
            ("هل يوجد مدرسة قريبة؟", ""),
            ("هل تبيعون الفلل؟", ""),
            ("ما هي كلمة سر الواي فاي؟", ""),
            ("هل توجد ساونا؟", ""),
        ],
    ),
    (
        "sindbad-books",
        &[
            (
                "How much is The Lighthouse of Basra?",
                "Lighthouse of Basra",
            ),
            ("Which children's books do you have?", "Children"),
            ("Do you have cookery books?", "Cookery"),
            ("Who wrote Seven Short Voyages?", "Omar Haddad"),
            ("Can I return a book?", "returned within 14 days"),
            (
                "How much is delivery to Kuwait and other Gulf countries?",
                "Gulf countries",
            ),
            (
                "How long does delivery to Riyadh take?",
                "Riyadh and Khobar",
            ),
            (
                "Can I pick up my order in the shop?",
                "keep it for seven days",
            ),
            (
                "Can you order a book that is out of stock?",
                "special order",
            ),
            ("Do you buy used books?", "shop credit"),
            ("When is story hour?", "Saturdays at 17:00"),
            ("How much is membership for students?", "40 SAR"),
            ("Do schools get a discount?", "20% off"),
            ("Do you sell gift cards?", "Gift card"),
            ("How much is the leather journal?", "Leather journal"),
            ("When does the Khobar shop open?", "Khobar"),
            ("Which branches have a cafe?", "cafe: yes"),
            ("Do you have poetry?", "Poetry"),
            ("How much is Harry Potter?", ""),
            ("Do you sell coffee machines?", ""),
            ("Do you print photos?", ""),
            ("Do you have a branch in Cairo?", ""),
            ("Can I publish my novel with you?", ""),
            ("Do you sell e-books?", ""),
            ("Do you rent laptops?", ""),
            ("Do you have parking?", ""),
            ("Who is the manager?", ""),
            ("Do you have a book club for adults?", ""),
            ("Can I bring my cat?", ""),
            ("هل يمكن إرجاع كتاب؟", "١٤ يوما"),
            ("كم رسوم التوصيل إلى جدة؟", "١٥ ريالا"),
            ("كم سعر ديوان الرمل؟", "ديوان الرمل"),
            ("هل تبيعون الحواسيب؟", ""),
            ("هل لديكم فرع في القاهرة؟", ""),
            ("هل تطبعون الصور؟", ""),
        ],
    ),
];

/// Answers, not passages: with the words of the passage that answers, or the admission that it isn't known. On
/// 2026-11-27 87 of 90 had them and one of 50 was answered falsely; processors differ a little.
#[tokio::test]
async fn customers_of_the_demo_are_answered() {
    let bot = BotSettings::default();
    let (mut missed, mut false_answers) = (Vec::new(), Vec::new());
    for (tenant, questions) in QUESTIONS {
        let library = Library::of_demo(tenant).await;
        let responder = Responder::extractive(library.retriever());
        for (question, needle) in *questions {
            let answer = responder.respond(&library.scope, &bot, question, 8).await;
            let answer = answer.unwrap();
            let has_it = answer.answer.contains(needle)
                || answer
                    .citations
                    .iter()
                    .any(|cited| cited.quote.contains(needle));
            match (needle.is_empty(), answer.answered) {
                (true, true) => false_answers.push(*question),
                (true, false) => {}
                (false, answered) if answered && has_it => {}
                (false, _) => missed.push(*question),
            }
        }
    }
    assert!(missed.len() <= 6, "{missed:#?}");
    assert!(false_answers.len() <= 2, "{false_answers:#?}");
}
