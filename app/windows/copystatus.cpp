#include <app/windows/copystatus.h>

#include <app/windows/symbols.h>

#include <QHBoxLayout>
#include <QStyle>

namespace app::windows {

CopyStatus::CopyStatus(QWidget* parent)
    : QWidget(parent), m_text(new QLabel(tr("Work is not kept for recovery"), this)),
      m_save(new QPushButton(tr("Save Elsewhere…"), this)) {
    setObjectName(QStringLiteral("copyStatus"));
    m_text->setAccessibleName(tr("State of the copies for recovery"));
    m_save->setObjectName(QStringLiteral("saveWork"));
    m_save->setIcon(symbol(QStyle::SP_MessageBoxWarning));
    m_save->setToolTip(tr("Save the session in a place that can be written"));
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->addWidget(m_text);
    row->addWidget(m_save);
    connect(m_save, &QPushButton::clicked, this, &CopyStatus::saveRequested);
    hide();
}

void CopyStatus::showFailure(const QString& sentence) {
    m_text->setToolTip(sentence);
    m_text->setAccessibleDescription(sentence);
    setVisible(!sentence.isEmpty());
}

} // namespace app::windows
