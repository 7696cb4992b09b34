#pragma once

#include <QLabel>
#include <QStackedWidget>
#include <QTableView>
#include <QToolButton>

namespace widgets {

/// The words of a frame.
struct PlotFrameTexts {
    QString title;
    QString tableName; ///< of the button, for screen readers
    QString tableTip;
    QString empty; ///< stands where there is nothing to draw
    QString readOutName;
};

/// What stands around a drawing that has a table as its twin: title, the button that changes between the two, what is
/// shown while there is nothing to draw, and a line that reads out one element. All belong to the owner.
struct PlotFrame {
    QLabel* title = nullptr;
    QToolButton* asTable = nullptr;
    QStackedWidget* pages = nullptr;
    QLabel* empty = nullptr;
    QWidget* drawing = nullptr;
    QTableView* view = nullptr;
    QLabel* readOut = nullptr;

    /// What comes before drawing and table in the order of the keyboard.
    void begin(QWidget* owner, const PlotFrameTexts& texts);
    /// Takes drawing and table in, and makes what comes after them.
    void hold(QWidget* owner, QWidget* itsDrawing, QTableView* itsView, const PlotFrameTexts& texts);
    void showPage(bool nothing);
    /// The element to be read out, and the one that screen readers are told of.
    void tell(const QString& shown, const QString& current);
};

} // namespace widgets
