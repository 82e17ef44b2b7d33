/** What the chat itself says, in English and Arabic. */

const ENGLISH = {
  open: "Open the chat",
  close: "Close the chat",
  log: "Messages",
  placeholder: "Write a message",
  send: "Send",
  attach: "Send a file",
  you: "You",
  person: "Our team",
  typing: "is writing…",
  offline: "No connection. Your messages are sent once there is one.",
  waiting: "Waiting for someone of our team.",
  human: "Someone of our team is with you.",
  pending: "Not sent yet",
  failed: "Not sent. Press to try again.",
  refused: "This file can't be sent: pictures, sound, films, PDF and text up to 10 MB can.",
  rate: "How was it?",
  stars: "{n} of 5 stars",
  thanks: "Thank you.",
  download: "Download {name}",
};

type Texts = typeof ENGLISH;

const ARABIC: Texts = {
  open: "افتح المحادثة",
  close: "أغلق المحادثة",
  log: "الرسائل",
  placeholder: "اكتب رسالة",
  send: "إرسال",
  attach: "إرسال ملف",
  you: "أنت",
  person: "فريقنا",
  typing: "يكتب…",
  offline: "لا يوجد اتصال. سترسل رسائلك عند عودته.",
  waiting: "في انتظار أحد أفراد فريقنا.",
  human: "أحد أفراد فريقنا معك.",
  pending: "لم ترسل بعد",
  failed: "لم ترسل. اضغط للمحاولة مجدداً.",
  refused: "لا يمكن إرسال هذا الملف: الصور والصوت والفيديو وPDF والنصوص حتى 10 ميغابايت.",
  rate: "كيف كانت المحادثة؟",
  stars: "{n} من 5 نجوم",
  thanks: "شكراً لك.",
  download: "تنزيل {name}",
};

export interface Language {
  code: string;
  direction: "ltr" | "rtl";
  say: (text: keyof Texts, values?: Record<string, string>) => string;
}

/** The first of these languages that the bot answers in, or the bot's own. */
export function choose(wanted: readonly string[], known: readonly string[]): Language {
  const codes = wanted.map((tag) => tag.slice(0, 2).toLowerCase());
  const code = codes.find((one) => known.includes(one)) ?? known[0] ?? "en";
  const texts = code === "ar" ? ARABIC : ENGLISH;
  return {
    code,
    direction: ["ar", "fa", "he", "ur"].includes(code) ? "rtl" : "ltr",
    say: (text, values = {}) => texts[text].replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? ""),
  };
}
