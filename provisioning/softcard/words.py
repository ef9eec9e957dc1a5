"""Every word of the card tray's page, in both languages, in one place.

Vietnamese is the first language; `?lang=en` asks for English.
"""

from __future__ import annotations

from collections.abc import Mapping

DEFAULT_LANGUAGE = "vi"

WORDS: Mapping[str, Mapping[str, str]] = {
    "vi": {
        "tray": "Khay thẻ thử",
        "product": "Trạm Thẻ",
        "about": "Thẻ mềm đặt lên đầu đọc ảo của máy này",
        "other_language": "English",
        "skip": "Tới các thẻ",
        "board": "Bảng",
        "desk": "Bàn thư ký",
        "knows": "Điều cần biết về khay này",
        "trial": "Chế độ thử",
        "trial_means": "Thẻ mềm, dữ liệu giả, chỉ dùng với trạm chạy thử",
        "invite": "Đặt một thẻ lên đầu đọc",
        "look": "Xem trạm đáp ở bảng bên. Trạm hỏi thì chạm tên, hoặc gõ số CAN.",
        "expected": "Trạm sẽ nói (lần đầu)",
        "lay": "Đặt lên",
        "lift": "Lấy ra",
        "card": "thẻ",
        "busy": "Đầu đọc ảo đang bận, chương trình khác đang giữ.",
        "busy_next": "Tắt thẻ mềm kia rồi đặt lại thẻ này.",
        "absent": "Chưa có đầu đọc ảo.",
        "absent_next": "Cài vsmartcard-vpcd, khởi động pcscd rồi đặt lại thẻ.",
        "unknown": "Không có thẻ này trong khay.",
        "unknown_next": "Tải lại trang rồi chọn thẻ khác.",
    },
    "en": {
        "tray": "Trial card tray",
        "product": "Trạm Thẻ",
        "about": "Software cards laid on this machine's virtual reader",
        "other_language": "Tiếng Việt",
        "skip": "To the cards",
        "board": "Board",
        "desk": "Secretary's desk",
        "knows": "What to know about this tray",
        "trial": "Trial",
        "trial_means": "Software cards, made-up data, only for a terminal on trial",
        "invite": "Lay a card on the reader",
        "look": "Watch the board beside it. If it asks, touch the name or type the CAN.",
        "expected": "The terminal will say (first time)",
        "lay": "Lay",
        "lift": "Lift",
        "card": "card",
        "busy": "The virtual reader is busy: another program holds it.",
        "busy_next": "End the other software card, then lay this one again.",
        "absent": "There is no virtual reader.",
        "absent_next": "Install vsmartcard-vpcd, start pcscd, then lay the card again.",
        "unknown": "That card is not in the tray.",
        "unknown_next": "Load the page again and choose another card.",
    },
}
