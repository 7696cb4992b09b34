#pragma once

#include <QPlainTextEdit>

#include <memory>

namespace widgets {

/// An editor of JSON with line numbers, colours of its parts and a mark on the line of a fault. Its own undo is for
/// what is being typed; keepsUndo(false) leaves undo and redo to the window. GUI thread only.
class CodeEditor : public QPlainTextEdit {
    Q_OBJECT

public:
    explicit CodeEditor(QWidget* parent = nullptr);
    ~CodeEditor() override;

    /// Makes this the text by replacing only the lines that differ, and of them what differs, so that cursor and scroll
    /// bars stay where they are.
    void replaceText(const QString& text);
    /// Whether Ctrl+Z in the editor is the editor's own affair.
    void setKeepsUndo(bool keeps) { m_keepsUndo = keeps; }
    /// Marks a line, from 1; 0 marks none.
    void markLine(int line);
    int markedLine() const { return m_markedLine; }
    /// Moves the cursor; line and column count from 1.
    void goTo(int line, int column);

protected:
    bool event(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    class Numbers;
    void paintNumbers(QPaintEvent* event);
    int numbersWidth() const;
    void placeNumbers();
    void showMark();

    int m_markedLine = 0;
    bool m_keepsUndo = true;
    QWidget* m_numbers = nullptr; ///< last: it sends events here as soon as it is made
};

} // namespace widgets
