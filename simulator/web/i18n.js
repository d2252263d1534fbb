// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
// English texts are their own keys; what has no translation stays English.

const RU = {
    simulator: "симулятор",
    "New call": "Новый звонок",
    Calls: "Звонки",
    "Notifications and requests": "Уведомления и запросы",
    Clear: "Очистить",
    Settings: "Настройки",
    "By hand": "Вручную",
    "By script": "По сценарию",
    "What happens": "Что происходит",
    Contact: "Контакт",
    "Another number; empty: hidden": "Другой номер; пусто — скрытый",
    "hidden number": "скрытый номер",
    Operators: "Операторы",
    "Rung in the order in which you tick them.":
        "Телефоны звонят в том порядке, в каком отмечены.",
    "Number called": "Виртуальный номер",
    Speed: "Скорость",
    "Talk, seconds": "Разговор, секунд",
    "real time": "как в жизни",
    "5 times faster": "в 5 раз быстрее",
    "20 times faster": "в 20 раз быстрее",
    "all at once": "всё сразу",
    Call: "Позвонить",
    "Disturb the delivery": "Помехи доставке",
    "In disorder": "Вразнобой",
    "Everything twice": "Всё дважды",
    "In parallel, without waiting for answers": "Параллельно, не дожидаясь ответов",
    "Numbers and flags as strings": "Числа и флаги строками",
    "Empty texts instead of null": "Пустые строки вместо null",
    "Times without milliseconds": "Время без миллисекунд",
    "Announced as text/plain": "Заявлено как text/plain",
    "Bodies as CallGear sends them": "Тела, как их шлёт CallGear",
    'Bodies with doubled quotes ""in""': 'Тела с двойными кавычками ""in""',
    "Bodies with leftover {{placeholders}}": "Тела с остатками {{подстановок}}",
    "Bodies wrapped as a form": "Тела в виде формы",
    "Never sent": "Не отправлять",
    "a known contact": "известный контакт",
    "shared by two contacts": "общий у двух контактов",
    "a known contact in Russia": "известный контакт в России",
    unknown: "неизвестный",
    "No call yet. Choose who calls and press Call: phones ring in Odoo, and here you answer, pass on and hang up.":
        "Звонков ещё нет. Выберите, кто звонит, и нажмите «Позвонить»: в Odoo зазвонит телефон, а здесь можно снять трубку, " +
        "перевести звонок и положить трубку.",
    "in the menu": "в меню",
    ringing: "звонит",
    talking: "разговор",
    playing: "идёт",
    ended: "завершён",
    stopped: "остановлен",
    talked: "говорил",
    "did not answer": "не ответил",
    "on the line": "на линии",
    "a bare number": "номер без сотрудника",
    Answer: "Ответить",
    Decline: "Сбросить",
    Transfer: "Перевести",
    "Hang up": "Отбой",
    Ring: "Набрать",
    "Ring an operator": "Набрать оператора",
    "End the call": "Завершить",
    "At once": "Сразу",
    "After asking": "Спросив",
    Log: "Журнал",
    "Call again": "Ещё раз",
    "Stop sending": "Остановить",
    "Show all calls": "Показать все звонки",
    sent: "отправлено",
    of: "из",
    "the recording follows": "запись ещё придёт",
    waiting: "ждём",
    "the simulator does not answer": "симулятор не отвечает",
    "Set the webhook address first": "Сначала укажите адрес вебхука",
    "Webhook address (without the event)": "Адрес вебхука (без события)",
    "Time zone of the account": "Часовой пояс аккаунта",
    "Phones ring, s": "Телефон звонит, с",
    "Answer awaited, s": "Ждать ответа, с",
    "Recordings are": "Записи",
    "good audio": "исправный звук",
    "never there (404)": "их нет (404)",
    "server error (500)": "ошибка сервера (500)",
    "a web page instead of audio": "страница вместо звука",
    "300 MB": "300 МБ",
    "very slow": "очень медленные",
    "behind a redirect": "за перенаправлением",
    "Told after, s": "Сообщать через, с",
    "404 for, s": "404 в течение, с",
    "After a transfer": "После перевода",
    "one notification per file": "уведомление на каждый файл",
    "one for all files": "одно на все файлы",
    "Tell the end of the caller's own leg": "Сообщать о конце плеча звонящего",
    "on hold": "на удержании",
    "on hold, a colleague is called": "на удержании, вызов коллеги",
    "on hold, a colleague is asked": "на удержании, разговор с коллегой",
    "Call API and Data API": "Call API и Data API",
    "API key": "Ключ API",
    "The key is": "Ключ",
    valid: "действует",
    expired: "просрочен",
    blocked: "заблокирован",
    "Call API: basic set": "Call API: базовый набор",
    "Call API: call management": "Call API: управление вызовом",
    "Data API": "Data API",
    "Addresses are allowed": "Адреса разрешены",
    "The account is active": "Аккаунт активен",
    "Points a minute": "Баллов в минуту",
    "Points a day": "Баллов в сутки",
    "Answers are": "Ответы",
    "as they should be": "какими должны быть",
    "connection closed, nothing done": "обрыв, ничего не сделано",
    "done, then connection closed": "сделано, затем обрыв",
    "done, half of the answer": "сделано, половина ответа",
    "error 500, nothing done": "ошибка 500, ничего не сделано",
    "a web page, nothing done": "веб-страница, ничего не сделано",
    "done, empty answer": "сделано, пустой ответ",
    "done, another id": "сделано, чужой id",
    "every second row of a list damaged": "каждая вторая строка списка испорчена",
    "all rows of a list damaged": "все строки списка испорчены",
    "an error": "ошибка",
    "Times (0: always)": "Раз (0 — всегда)",
    "Only of this method": "Только этот метод",
    all: "все",
    "Answers late by, s": "Ответ позже на, с",
    "HTTP status of errors": "HTTP-статус ошибок",
    "A notification comes before the answer": "Уведомление приходит раньше ответа",
    "No notifications of calls from Odoo": "Нет уведомлений о звонках из Odoo",
    "Further employees": "Ещё сотрудников",
    "Incoming call, operators rung in turn.": "Входящий, операторы по очереди.",
    "Incoming call, operators rung at once.": "Входящий, все операторы сразу.",
    "Incoming call, waits in the voice menu.": "Входящий, ждёт в голосовом меню.",
    "Outgoing call from the softphone.": "Исходящий с софтфона.",
    "Click-to-call: agent first, then contact.":
        "Звонок из Odoo: оператор, затем контакт.",
    "Incoming call, the first operator answers.": "Входящий, отвечает первый оператор.",
    "Incoming call, the first operator lets it ring, the second answers.":
        "Входящий, отвечает второй оператор.",
    "Incoming call, rung at the operators in turn, nobody answers.":
        "Входящий, операторы по очереди, никто не ответил.",
    "Incoming call, all operators rung at once, nobody answers.":
        "Входящий, все операторы сразу, никто не ответил.",
    "Incoming call, the caller hangs up in the voice menu.":
        "Входящий, звонящий положил трубку в голосовом меню.",
    "Incoming call, all operators rung at once, the second in the list answers.":
        "Входящий, все операторы сразу, отвечает второй.",
    "Incoming call outside working hours, the caller leaves a message.":
        "Входящий в нерабочее время, сообщение на автоответчике.",
    "Incoming call, answered, passed on without asking; two recordings.":
        "Входящий, слепой перевод; две записи.",
    "Incoming call, answered, passed on after asking; two recordings.":
        "Входящий, перевод с консультацией; две записи.",
    "Incoming call, passed on without asking, and the colleague does not answer.":
        "Входящий, слепой перевод, коллега не ответил.",
    "Incoming call that only reaches an operator whom Odoo does not know.":
        "Входящий на оператора, которого нет в Odoo.",
    "Incoming call, forwarded to a number that belongs to no employee.":
        "Входящий на номер без сотрудника.",
    "Incoming call with a hidden number, answered.":
        "Входящий со скрытого номера, отвечен.",
    "Outgoing call from the softphone, the contact answers.":
        "Исходящий с софтфона, контакт ответил.",
    "Outgoing call from the softphone, nobody answers.":
        "Исходящий с софтфона, никто не ответил.",
    "A colleague calls a colleague's short number.":
        "Звонок коллеге на внутренний номер.",
    "Click-to-call, the contact answers.": "Звонок из Odoo, контакт ответил.",
    "Click-to-call, the agent does not pick up.":
        "Звонок из Odoo, сотрудник не снял трубку.",
    "Click-to-call, the contact does not answer.":
        "Звонок из Odoo, контакт не ответил.",
};

let current =
    localStorage.getItem("language") ||
    (navigator.language.startsWith("ru") ? "ru" : "en");

export const language = () => current;
export const nextLanguage = () => (current === "ru" ? "en" : "ru");

export function setLanguage(name) {
    current = name;
    localStorage.setItem("language", name);
}

/** The text in the language of the page. */
export function t(text) {
    return (current === "ru" && RU[text]) || text;
}
