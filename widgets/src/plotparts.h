#pragma once

#include "plotcanvas.h"
#include "plotframe.h"

#include <widgets/facttable.h>

#include <QHBoxLayout>

#include <functional>

namespace widgets {

/// A drawing with its table and everything around them, and how the two keep in step. All belong to the owner.
struct PlotParts {
    PlotFrame frame;
    PlotCanvas* canvas = nullptr;
    FactTable* table = nullptr;
    QHBoxLayout* head = nullptr;
    /// What the element is, in words; the line below shows `note` while there is none.
    std::function<QString(int)> textOf;
    std::function<int(int)> rowOf;     ///< the table's row of an element; -1: none
    std::function<int(int)> elementOf; ///< the other way round
    QString note;

    void build(QWidget* owner, PlotCanvas* itsCanvas, const PlotFrameTexts& texts);
    void show(const QString& title, const Facts& facts, const QString& itsNote);
    void showReadOut();

private:
    void arrange(QWidget* owner);
    void connectTo(QWidget* owner);
    bool m_following = false; ///< the table is being moved to where the canvas is, or refilled
};

} // namespace widgets
