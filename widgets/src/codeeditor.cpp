#include <widgets/codeeditor.h>

#include <widgets/listchanges.h>

#include "jsonhighlighter.h"

#include <QFontDatabase>
#include <QKeyEvent>
#include <QPainter>
#include <QScrollBar>
#include <QTextBlock>

#include <algorithm>

namespace widgets {

namespace {

constexpr int kNumberGap = 6;

/// Lengths of what two texts have in common at both ends.
struct Common {
    qsizetype front = 0;
    qsizetype back = 0;
};

Common commonEnds(QStringView a, QStringView b) {
    const qsizetype shorter = std::min(a.size(), b.size());
    Common common;
    while (common.front < shorter && a[common.front] == b[common.front]) ++common.front;
    while (common.back < shorter - common.front && a[a.size() - 1 - common.back] == b[b.size() - 1 - common.back])
        ++common.back;
    return common;
}

/// A text with the places of its lines, each of which includes its end.
class Lines {
public:
    explicit Lines(const QString& text) : m_text(text) {
        for (qsizetype start = 0; start >= 0;) {
            m_starts << start;
            const qsizetype end = text.indexOf(QLatin1Char('\n'), start);
            start = end < 0 ? -1 : end + 1;
        }
        m_starts << text.size();
    }

    int count() const { return int(m_starts.size()) - 1; }
    qsizetype startOf(int line) const { return m_starts[line]; }
    QStringView sliced(int line, int lines) const {
        return QStringView(m_text).sliced(m_starts[line], m_starts[line + lines] - m_starts[line]);
    }

private:
    QString m_text;
    QList<qsizetype> m_starts; ///< and the end of the last
};

} // namespace

/// The strip with the line numbers.
class CodeEditor::Numbers : public QWidget {
public:
    explicit Numbers(CodeEditor* editor) : QWidget(editor), m_editor(editor) {}
    QSize sizeHint() const override { return {m_editor->numbersWidth(), 0}; }

protected:
    void paintEvent(QPaintEvent* event) override { m_editor->paintNumbers(event); }

private:
    CodeEditor* m_editor;
};

CodeEditor::CodeEditor(QWidget* parent) : QPlainTextEdit(parent), m_numbers(new Numbers(this)) {
    setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    setLineWrapMode(QPlainTextEdit::NoWrap);
    setTabChangesFocus(true);
    new JsonHighlighter(document(), palette());
    connect(this, &QPlainTextEdit::blockCountChanged, this, &CodeEditor::placeNumbers);
    connect(this, &QPlainTextEdit::updateRequest, m_numbers, [this](const QRect& rect, int dy) {
        if (dy != 0)
            m_numbers->scroll(0, dy);
        else
            m_numbers->update(0, rect.y(), m_numbers->width(), rect.height());
    });
    placeNumbers();
}

CodeEditor::~CodeEditor() = default;

/// A document lays out and colours anew all that lies between changes made as one, so they are one only where the user
/// may undo them.
void CodeEditor::replaceText(const QString& text) {
    const Lines before(toPlainText());
    const Lines after(text);
    const std::vector<ListChange> changes = listChanges(
        before.count(), after.count(), [&](int a, int b) { return before.sliced(a, 1) == after.sliced(b, 1); });
    QTextCursor cursor(document());
    if (m_keepsUndo) cursor.beginEditBlock();
    for (auto change = changes.rbegin(); change != changes.rend(); ++change) {
        const QStringView old = before.sliced(change->from, change->removed);
        const QStringView made = after.sliced(change->to, change->inserted);
        const Common common = commonEnds(old, made);
        const qsizetype start = before.startOf(change->from);
        cursor.setPosition(int(start + common.front));
        cursor.setPosition(int(start + old.size() - common.back), QTextCursor::KeepAnchor);
        cursor.insertText(made.sliced(common.front, made.size() - common.front - common.back).toString());
    }
    if (m_keepsUndo) cursor.endEditBlock();
}

void CodeEditor::markLine(int line) {
    if (line == m_markedLine) return;
    m_markedLine = line;
    showMark();
}

void CodeEditor::showMark() {
    QList<QTextEdit::ExtraSelection> marks;
    const QTextBlock block = document()->findBlockByNumber(m_markedLine - 1);
    if (m_markedLine > 0 && block.isValid()) {
        QTextEdit::ExtraSelection mark;
        mark.cursor = QTextCursor(block);
        mark.cursor.movePosition(QTextCursor::EndOfBlock, QTextCursor::KeepAnchor);
        mark.format.setUnderlineStyle(QTextCharFormat::WaveUnderline);
        mark.format.setUnderlineColor(palette().color(QPalette::Text));
        marks << mark;
    }
    setExtraSelections(marks);
    m_numbers->update();
}

void CodeEditor::goTo(int line, int column) {
    const QTextBlock block = document()->findBlockByNumber(line - 1);
    if (!block.isValid()) return;
    QTextCursor cursor(block);
    cursor.movePosition(QTextCursor::Right, QTextCursor::MoveAnchor, std::clamp(column - 1, 0, block.length() - 1));
    setTextCursor(cursor);
}

/// A text control takes undo and redo for itself before any shortcut of the window is asked.
bool CodeEditor::event(QEvent* event) {
    if (!m_keepsUndo && (event->type() == QEvent::ShortcutOverride || event->type() == QEvent::KeyPress)) {
        const auto* key = static_cast<QKeyEvent*>(event);
        if (key->matches(QKeySequence::Undo) || key->matches(QKeySequence::Redo)) {
            event->ignore();
            return false;
        }
    }
    return QPlainTextEdit::event(event);
}

void CodeEditor::resizeEvent(QResizeEvent* event) {
    QPlainTextEdit::resizeEvent(event);
    placeNumbers();
}

void CodeEditor::changeEvent(QEvent* event) {
    QPlainTextEdit::changeEvent(event);
    if (event->type() != QEvent::PaletteChange) return;
    for (auto* highlighter : document()->findChildren<JsonHighlighter*>()) highlighter->setPalette(palette());
    showMark();
}

int CodeEditor::numbersWidth() const {
    const int digits = std::max(2, int(QString::number(blockCount()).size()));
    return fontMetrics().horizontalAdvance(QLatin1Char('9')) * (digits + 1) + 2 * kNumberGap;
}

void CodeEditor::placeNumbers() {
    setViewportMargins(numbersWidth(), 0, 0, 0);
    const QRect area = contentsRect();
    m_numbers->setGeometry(QRect(area.left(), area.top(), numbersWidth(), area.height()));
}

/// The marked line has an arrow beside its number, too.
void CodeEditor::paintNumbers(QPaintEvent* event) {
    QPainter painter(m_numbers);
    painter.fillRect(event->rect(), palette().color(QPalette::Window));
    painter.setFont(font());
    painter.setPen(palette().color(QPalette::WindowText));
    QTextBlock block = firstVisibleBlock();
    double top = blockBoundingGeometry(block).translated(contentOffset()).top();
    for (; block.isValid() && top <= event->rect().bottom(); block = block.next()) {
        const double height = blockBoundingRect(block).height();
        const int line = block.blockNumber() + 1;
        const QRectF place(0, top, m_numbers->width() - kNumberGap, height);
        if (block.isVisible()) painter.drawText(place, Qt::AlignRight | Qt::AlignVCenter, QString::number(line));
        if (line == m_markedLine)
            painter.drawText(place.adjusted(2, 0, 0, 0), Qt::AlignLeft | Qt::AlignVCenter, QStringLiteral("▶"));
        top += height;
    }
}

} // namespace widgets
