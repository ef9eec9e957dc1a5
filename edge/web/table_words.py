"""The words about a table that a page takes in: its columns, and what is wrong with a bad row.

Lives here: words. Not here: judging rows (`edge.meeting.table`), the pages (`roster_import`,
`handover_import`).
"""

from __future__ import annotations

from collections.abc import Mapping

from edge.meeting.roster_table import Column
from edge.meeting.table import Problem
from edge.web.words import mark

COLUMNS: Mapping[str, str] = {
    Column.NAME: mark("Họ và tên"),
    Column.BIRTH: mark("Ngày sinh"),
    Column.NUMBER: mark("Số thẻ"),
    Column.PERSONAL_NUMBER: mark("Số định danh"),
    Column.CAN: mark("Số CAN"),
    Column.CATEGORY: mark("Diện"),
    Column.STANDING: mark("Trạng thái"),
    Column.POST: mark("Chức vụ"),
    Column.COMMITTEE: mark("Cấp uỷ"),
}
PROBLEMS: Mapping[str, str] = {
    Problem.NAME_MISSING: mark("thiếu tên: điền tên, hoặc xoá cả dòng."),
    Problem.MISSING: mark("còn trống: điền ô này."),
    Problem.TOO_LONG: mark("quá dài hoặc có ký tự lạ: gõ lại ô này."),
    Problem.NOT_A_DATE: mark("không phải ngày: viết như 19/05/1980."),
    Problem.NOT_DIGITS: mark("có ký tự không phải chữ số: chỉ gõ số."),
    Problem.WRONG_LENGTH: mark("sai số chữ số: có thể bảng tính đã bỏ số 0 ở đầu."),
    Problem.UNKNOWN_WORD: mark("có từ mà trạm không hiểu: dùng từ ghi ở mẫu."),
    Problem.REPEATED: mark("trùng số với một dòng ở trên: sửa dòng sai."),
    Problem.SAME_NAME: mark("trùng tên, chưa phân biệt được: điền ngày sinh hoặc số thẻ."),
    Problem.CONTRADICTS: mark("khác một dòng ở trên của cùng tổ chức: sửa dòng sai."),
}
