#include "plotframe.h"

#include "words.h"

#include <QAccessible>
#include <QHeaderView>

namespace widgets {

void PlotFrame::begin(QWidget* owner, const PlotFrameTexts& texts) {
    title = new QLabel(texts.title, owner);
    title->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred); // a long title widens no window
    QFont bold = title->font();
    bold.setBold(true);
    title->setFont(bold);
    asTable = new QToolButton(owner);
    asTable->setText(Words::tr("Table"));
    asTable->setCheckable(true);
    asTable->setFocusPolicy(Qt::StrongFocus);
    asTable->setAccessibleName(texts.tableName);
    asTable->setToolTip(texts.tableTip);
    empty = new QLabel(texts.empty, owner);
    empty->setAlignment(Qt::AlignCenter);
}

void PlotFrame::hold(QWidget* owner, QWidget* itsDrawing, QTableView* itsView, const PlotFrameTexts& texts) {
    drawing = itsDrawing;
    view = itsView;
    view->setTabKeyNavigation(false);
    view->verticalHeader()->setDefaultSectionSize(view->fontMetrics().height() + 6);
    readOut = new QLabel(owner);
    readOut->setAccessibleName(texts.readOutName);
    readOut->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    readOut->setFocusPolicy(Qt::StrongFocus);
    readOut->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
    pages = new QStackedWidget(owner);
    for (QWidget* page : {static_cast<QWidget*>(empty), drawing, static_cast<QWidget*>(view)}) pages->addWidget(page);
}

void PlotFrame::showPage(bool nothing) {
    QWidget* drawn = asTable->isChecked() ? view : drawing;
    pages->setCurrentWidget(nothing ? empty : drawn);
    pages->parentWidget()->setFocusProxy(nothing ? nullptr : drawn); // Tab would not get past what is hidden
    asTable->setEnabled(!nothing);
}

void PlotFrame::tell(const QString& shown, const QString& current) {
    readOut->setText(shown);
    readOut->setToolTip(shown);
    drawing->setAccessibleDescription(current);
    QAccessibleEvent changed(drawing, QAccessible::DescriptionChanged);
    QAccessible::updateAccessibility(&changed);
}

} // namespace widgets
