"""What to do about each trouble of a diagnosis, in Vietnamese, for a technician at the machine.

Lives here: a sentence or two for each `edge.care.trouble.Trouble`; the catalogue's English is the
command line's own. Not here: names and figures (`care_words`).
"""

from __future__ import annotations

from collections.abc import Mapping

from edge.care.trouble import Trouble
from edge.web.words import mark

ADVICE: Mapping[Trouble, str] = {
    Trouble.NOT_FOUND_OUT: mark(
        "Chạy lại với quyền root; vẫn thế thì gửi bảng này cho đồng nghiệp."
    ),
    Trouble.NOT_TOLD: mark("Không phải làm gì, nếu máy này không phải Raspberry Pi."),
    Trouble.NOT_CONFIGURED: mark("Chỉ rõ tệp cấu hình bằng --config."),
    Trouble.CONFIGURATION: mark("Chạy `tramthe config check` với chính tệp ấy."),
    Trouble.SERVICE_SILENT: mark("Khởi động chương trình trạm; nhật ký của nó nói vì sao đã dừng."),
    Trouble.RECORDING_LOCKED: mark("Mở trang Trạng thái của trạm: trang ấy nói vì sao và cách gỡ."),
    Trouble.PCSC_LIBRARY: mark("Cài trạm kèm phần cho đầu đọc (pyscard)."),
    Trouble.PCSCD_SILENT: mark("Cài pcscd, rồi: systemctl restart pcscd.socket pcscd"),
    Trouble.READER_ABSENT: mark("Cắm đầu đọc vào cổng khác, hoặc thay dây."),
    Trouble.READER_NOT_TAKEN: mark(
        "Cài libccid, rồi: systemctl restart pcscd. Vẫn thế thì nâng cấp phần sụn của đầu đọc, "
        "hoặc dùng loại khác."
    ),
    Trouble.READER_OTHER: mark(
        "Cắm đúng đầu đọc mà khoá `reader` trong terminal.toml nêu, hoặc bỏ khoá ấy để nhận mọi "
        "đầu đọc."
    ),
    Trouble.CARD_PASSWORD: mark("Nhập sáu số in trên chính thẻ này."),
    Trouble.CARD_REJECTED: mark(
        "Thử một thẻ chắc chắn tốt; thẻ ấy cũng bị từ chối thì nhập danh sách tin cậy mới nhất."
    ),
    Trouble.CARD_UNDECIDED: mark("Nhận các danh sách mới nhất; vẫn thế thì báo lý do cho cơ quan."),
    Trouble.CARD_SLOW: mark(
        "Bỏ kim loại và thẻ khác ra xa đầu đọc; vẫn chậm thì thay dây, hoặc thay đầu đọc."
    ),
    Trouble.READER_IN_USE: mark(
        "Trạm đang chạy giữ đầu đọc: dừng trạm trước, hoặc đặt thẻ rồi xem màn hình của trạm."
    ),
    Trouble.CLOCK_UNKNOWN: mark("Nối mạng một phút, hoặc đặt giờ tại bàn thư ký."),
    Trouble.CLOCK_BEHIND: mark("Đặt đồng hồ của máy: timedatectl set-time, hoặc nối mạng."),
    Trouble.BATTERY_CLOCK_ABSENT: mark(
        "Lắp đồng hồ pin (DS3231 trên I2C): không có nó thì mất điện là mất giờ."
    ),
    Trouble.BATTERY_CLOCK_UNUSED: mark(
        "Cho máy lấy giờ từ đồng hồ pin khi khởi động: hwclock --systohc một lần, rồi khởi động "
        "lại."
    ),
    Trouble.STATE_FOLDER_ABSENT: mark(
        "Gắn phân vùng của thư mục dữ liệu, hoặc sửa khoá `state` trong terminal.toml."
    ),
    Trouble.DISK_PASSING: mark(
        "Đặt thư mục dữ liệu lên ổ riêng: những gì ghi ở đây mất khi mất điện."
    ),
    Trouble.DISK_READ_ONLY: mark(
        "Thẻ nhớ hoặc ổ đang hỏng, hoặc gắn ở chế độ chỉ đọc: sao nhật ký ra "
        "(`tramthe log backup`), rồi thay."
    ),
    Trouble.DISK_LOW: mark("Đưa nhật ký về trung tâm và dọn những gì không phải của trạm."),
    Trouble.DISK_FULL: mark("Dọn chỗ ngay: ổ đầy thì không ghi được gì."),
    Trouble.DISK_REFUSES: mark("Sao nhật ký ra (`tramthe log backup`), rồi thay thẻ nhớ hoặc ổ."),
    Trouble.DISK_SLOW: mark("Thẻ nhớ hoặc ổ đã mòn hoặc kém: sao nhật ký ra rồi thay."),
    Trouble.MEMORY_LOW: mark("Tắt chương trình khác, hoặc khởi động lại máy."),
    Trouble.SWAP_ON_DISK: mark(
        "Tắt đi, vì tên người có thể ra đến ổ: swapoff -a, và gỡ dphys-swapfile."
    ),
    Trouble.HOT: mark("Cho thoáng: tránh nắng, xa nguồn nóng, dùng vỏ có lỗ thoáng."),
    Trouble.POWER_LOW: mark(
        "Dùng nguồn đúng của bo mạch và dây ngắn, to; rút bớt thiết bị khỏi cổng USB."
    ),
    Trouble.POWER_WAS_LOW: mark("Điện đã có lúc yếu: dùng nguồn và dây đúng của bo mạch."),
    Trouble.NETWORK_DOWN: mark(
        "Cắm dây mạng, hoặc vào Wi-Fi. Trong lúc chờ, USB chuyển được mọi thứ."
    ),
    Trouble.NETWORK_NO_ROUTE: mark(
        "Bộ định tuyến không cấp địa chỉ: khởi động lại nó, hoặc đặt địa chỉ bằng tay."
    ),
    Trouble.CENTRE_UNREACHABLE: mark(
        "Không mất gì và trạm tự thử lại. Vẫn thế thì đổi mạng, hoặc hỏi cơ quan xem trung tâm có "
        "chạy không."
    ),
    Trouble.CENTRE_CERTIFICATE: mark(
        "Giờ sai thì chỉnh giờ. Giờ đúng thì xem lại địa chỉ và chứng thư gốc của trung tâm trong "
        "terminal.toml; đừng tiếp tục qua mạng lạ."
    ),
    Trouble.CENTRE_REFUSES: mark("Báo cho cơ quan điều ghi ở đây."),
    Trouble.CERTIFICATE_ABSENT: mark(
        "Đăng ký trạm: chưa đăng ký thì những gì trạm ghi không nơi nào nhận."
    ),
    Trouble.CERTIFICATE_OTHER_NAME: mark(
        "Sửa khoá `terminal` trong terminal.toml, hoặc đăng ký trạm theo tên mới."
    ),
    Trouble.CERTIFICATE_ENDED: mark(
        "Nhờ cơ quan gia hạn: nhật ký vẫn giữ, và gửi sau khi gia hạn."
    ),
    Trouble.CERTIFICATE_ENDING: mark(
        "Trạm tự xin chứng thư mới. Không thấy về: `tramthe enrol status`, báo cơ quan trước "
        "ngày ấy."
    ),
    Trouble.CERTIFICATE_WAITING: mark(
        "Đọc mã khoá cho cơ quan: cơ quan duyệt xong thì chứng thư tự về."
    ),
    Trouble.COUNTER_DOOR_SHUT: mark(
        "Chạy nginx (`systemctl status nginx`) với cấu hình mà `tramthe provision counter` đã "
        "viết; hoặc bỏ `counter_hosts` khỏi terminal.toml."
    ),
    Trouble.COUNTER_DOOR_ENDED: mark(
        "Không máy nào vào được: gia hạn (`tramthe provision counter`), rồi nạp lại nginx."
    ),
    Trouble.COUNTER_DOOR_ENDING: mark("Gia hạn (`tramthe provision counter`), rồi nạp lại nginx."),
    Trouble.ACCESS_POINT_NO_RADIO: mark(
        "Cắm bộ Wi-Fi USB phát được mạng WPA3, hoặc bỏ `access_point` khỏi terminal.toml."
    ),
    Trouble.ACCESS_POINT_HELPER: mark(
        "Cài trạm với `--access-point`; nếu đã cài, chạy chương trình bật mạng "
        "(`systemctl start tramthe-access-point.socket`)."
    ),
    Trouble.IDENTITY_DAMAGED: mark(
        "Khôi phục thư mục định danh từ ổ của trạm, hoặc đăng ký lại trạm."
    ),
    Trouble.TERMINAL_WIPED: mark(
        "Đưa trạm về cơ quan. Muốn cài lại máy này thì xoá thư mục dữ liệu của trạm trước."
    ),
    Trouble.TRUST_ABSENT: mark(
        "Nhập danh sách tin cậy (`tramthe trust import`): chưa có thì không thẻ nào được xét."
    ),
    Trouble.LIST_ABSENT: mark("Lấy từ kho hoặc từ USB (`tramthe crl import`)."),
    Trouble.LIST_OLD: mark("Nối mạng, hoặc mang danh sách mới nhất đến bằng USB."),
    Trouble.LIST_SET_ASIDE: mark(
        "Nơi ký danh sách không còn được tin: nhận các danh sách mới nhất."
    ),
    Trouble.LOG_ABSENT: mark(
        "Khởi động trạm một lần; nếu trạm đã từng chạy ở đây thì tìm lại ổ của nó."
    ),
    Trouble.LOG_NOT_WHOLE: mark("Giữ nguyên tệp, chép ra nơi khác, rồi `tramthe log rescue`."),
    Trouble.QUEUE_OLD: mark("Nối mạng, hoặc mang đi bằng USB: `tramthe courier export`."),
    Trouble.GPIO_ABSENT: mark("Máy này không có GPIO: bỏ các chân khỏi terminal.toml."),
    Trouble.GPIO_CLOSED: mark("Thêm người dùng của trạm vào nhóm gpio."),
    Trouble.SCANNER_ABSENT: mark(
        "Cắm máy quét; `ls /dev/serial/by-id /dev/input/by-id` cho thấy tên của nó."
    ),
    Trouble.SCANNER_CLOSED: mark("Thêm người dùng của trạm vào các nhóm dialout và input."),
    Trouble.SCREEN_ABSENT: mark(
        "Cắm màn hình và bật lên trước khi bật trạm; nơi không dùng màn hình thì không phải làm gì."
    ),
    Trouble.PACKAGE_BROKEN: mark(
        "Cài cho trọn: dpkg --configure -a; rồi, khi có gói trong tay, "
        "apt install --reinstall ./tramthe_*.deb"
    ),
    Trouble.PACKAGE_OTHER: mark("Khởi động lại trạm: bản khác vừa được cài."),
    Trouble.UPDATE_WAITS: mark("Cài khi không có cuộc họp nào mở."),
}
